// SPDX-License-Identifier: Apache-2.0
// Rules, their conditions, and what goes with identities besides selectors.

import { formatPrefix, isMapped } from './address.ts';
import {
  ACTION,
  BINDING_FLAGS,
  type BundleRecord,
  END,
  FIELD,
  NONE,
  OPTION_FLAGS,
  PROVIDER,
  RULE_KIND,
  TEST,
  TLS_MODE,
} from './generated.ts';
import { nameOf, unlessNone } from './reader-numbers.ts';
import type { SectionReader } from './reader-sections.ts';
import type { SetNumbers } from './reader-sets.ts';
import type { BindingView, BundleView, InstructionView, RuleView, SvidView } from './view.ts';

/** All rules by id. */
export function readRules(reader: SectionReader, sets: SetNumbers): readonly RuleView[] {
  const grants = new Set(reader.words('grants'));
  const options = reader.records('options', 'option');
  return reader.records('rules', 'rule').map((record, id): RuleView => {
    const kind = nameOf(RULE_KIND, record.kind);
    const option = options[record.options];
    return {
      id,
      kind,
      action: nameOf(ACTION, record.action),
      identity: unlessNone(record.identity),
      set: unlessNone(sets.of(record.set)),
      used: kind !== 'egress' || grants.has(id),
      condition: unlessNone(option?.condition ?? NONE),
      peers: unlessNone(option?.peers ?? NONE),
      presents: unlessNone(option?.identity ?? NONE),
      tls: nameOf(TLS_MODE, option?.tls ?? TLS_MODE.none),
      intercept: ((option?.flags ?? 0) & OPTION_FLAGS.intercept) !== 0,
    };
  });
}

/** The programs of all conditions. */
export function readConditions(reader: SectionReader): BundleView['conditions'] {
  const prefixes = reader.records('prefixes', 'prefix');
  const instructions = reader.records('instructions', 'instruction').map((record): InstructionView => {
    const test = nameOf(TEST, record.test);
    return {
      field: nameOf(FIELD, record.field),
      test,
      operand: operandOf(test, record),
      whenTrue: targetOf(record.whenTrue),
      whenFalse: targetOf(record.whenFalse),
    };
  });
  return reader
    .records('conditions', 'condition')
    .map(({ instructionsFirst: first, instructionsCount: count }) =>
      instructions.slice(first, first + count),
    );

  function operandOf(test: keyof typeof TEST, { data, length }: { data: number; length: number }): string {
    switch (test) {
      case 'range':
        return data === length ? String(data) : `${data}-${length}`;
      case 'equal':
      case 'starts':
      case 'ends':
        return length === 0 ? '' : reader.text(data, length);
      case 'inside': {
        const prefix = prefixes[data];
        if (prefix === undefined) throw new RangeError(`there is no prefix ${data}`);
        return prefixText(prefix);
      }
    }
  }
}

/** IPv4 stands in its mapped form, of which the first 96 bits are the same. */
function prefixText({ address, prefixLength }: BundleRecord<'prefix'>): string {
  return isMapped(address) && prefixLength >= 96
    ? formatPrefix({ family: 4, address: address.subarray(12), prefixLength: prefixLength - 96 })
    : formatPrefix({ family: 6, address, prefixLength });
}

function targetOf(target: number): InstructionView['whenTrue'] {
  return target === END.holds ? 'holds' : target === END.fails ? 'fails' : target;
}

/** What is said of the SVIDs of identities, by identity. */
export function readSvids(reader: SectionReader): ReadonlyMap<number, SvidView> {
  const texts = reader.records('texts', 'text');
  const list = (first: number, count: number): readonly string[] =>
    texts
      .slice(first, first + count)
      .map(({ textOffset, textLength }) => reader.text(textOffset, textLength));
  return new Map(
    reader.records('svids', 'svid').map((record) => [
      record.identity,
      {
        ...(record.x509Ttl === 0 ? {} : { x509Ttl: record.x509Ttl }),
        ...(record.jwtTtl === 0 ? {} : { jwtTtl: record.jwtTtl }),
        dnsNames: list(record.dnsNamesFirst, record.dnsNamesCount),
        audiences: list(record.audiencesFirst, record.audiencesCount),
      },
    ]),
  );
}

/** Credential sources and bindings. */
export function readCredentials(
  reader: SectionReader,
  sets: SetNumbers,
): Pick<BundleView, 'sources' | 'bindings'> {
  return {
    sources: reader.records('sources', 'source').map(({ nameOffset, nameLength, provider, digest }) => ({
      name: reader.text(nameOffset, nameLength),
      provider: nameOf(PROVIDER, provider),
      digest: Buffer.from(digest).toString('hex'),
    })),
    bindings: reader.records('bindings', 'binding').map((record): BindingView => {
      return {
        name: reader.text(record.nameOffset, record.nameLength),
        identity: record.identity,
        source: record.source,
        set: unlessNone(sets.of(record.set)),
        sysfs: (record.flags & BINDING_FLAGS.sysfs) !== 0,
        condition: unlessNone(record.condition),
        ...(record.uses === 0 ? {} : { uses: record.uses }),
      };
    }),
  };
}
