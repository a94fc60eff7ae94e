// SPDX-License-Identifier: Apache-2.0
// Bundles: the core takes them or says why not; what it takes is read back, shown, and can be asked anything.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkBundle, type Connection, type Facts, openBundle } from '../../../src/bundle/core.ts';
import { readRecord } from '../../../src/bundle/codec.ts';
import { FACTS, RECORDS, SECTIONS } from '../../../src/bundle/generated.ts';
import { readBundle } from '../../../src/bundle/reader.ts';
import { isUserError } from '../../../src/errors.ts';
import { inspectBundle } from '../../../src/inspect/inspect.ts';
import { renderInspection } from '../../../src/inspect/render.ts';
import { buildParts } from '../../core/build.ts';
import { anyPolicy } from '../../core/chance.ts';
import { encodeParts, newHeader, type Parts } from '../../core/parts.ts';
import { FULL, SAMPLE } from '../../core/samples.ts';
import { type Random, randomFrom } from '../../oracle/random.ts';
import { bytesOf, drawing, scratch } from '../corpus.ts';
import { pick } from '../mutate.ts';
import { Broken, HUGE, type Target, timed, timedAsync } from '../target.ts';

const QUESTIONS = 12;

const file = join(scratch(), 'p.rtb');
const draw = drawing(anyPolicy);

export const target: Target = {
  seeds: () => [
    encodeParts(buildParts(SAMPLE)),
    encodeParts(buildParts(FULL)),
    ...bytesOf('test/golden/*.rtb'),
  ],
  largest: HUGE,
  isText: false,
  words: [
    'RTBUNDLE',
    'a',
    '\0',
    'shop/web',
    'app=api',
    'example.com',
    'spiffe://a/b',
    '\xff\xff\xff\xff',
    '\xc3\xa9',
    '\xed\xa0\x80',
  ],
  generate: (random) => encodeParts(buildParts(draw(random))),
  change: (input, random) => {
    const parts = decodeParts(input);
    if (parts === undefined) return undefined;
    for (let changes = 1 + random.below(3); changes > 0; changes--) changeParts(parts, random);
    return encodeParts(parts);
  },
  check: async (bytes) => {
    writeFileSync(file, bytes);
    const refusal = timed('verifying', () => checkBundle(bytes));
    try {
      const inspection = await timedAsync('inspecting', () => inspectBundle(file));
      if (refusal !== undefined) throw new Broken('what the core refuses is inspected', refusal.reason);
      timed('showing', () => renderInspection(inspection, (_style, text) => text));
    } catch (error) {
      if (refusal === undefined || !isUserError(error, 'bundle-refused', 'bundle-version')) throw error;
      return `${refusal.section}: ${refusal.reason}`;
    }
    const { features, identities, conditions } = readBundle(bytes);
    askAnything(bytes, randomFrom(bytes.length));
    return `taken: ${features.join()} ${Math.min(identities.length, 3)} ${Math.min(conditions.length, 3)}`;
  },
};

/** Questions by chance: each has an answer. */
function askAnything(bytes: Uint8Array, random: Random): void {
  const core = openBundle(bytes);
  for (let i = 0; i < QUESTIONS; i++) {
    const facts: Record<string, string | number> = {};
    for (const [name, { match }] of Object.entries(FACTS)) {
      if (random.once(2)) facts[name] = match === 'number' ? random.below(70_000) : pick(random, TEXTS);
    }
    const address = Uint8Array.from({ length: 16 }, (_, at) =>
      at < 12 ? (MAPPED[at] ?? 0) : random.below(256),
    );
    const connection: Connection = {
      remote: { address, port: random.below(65_536) },
      localPort: random.below(65_536),
      time: random.below(0x1_0000_0000),
      name: pick(random, TEXTS),
      peer: pick(random, TEXTS),
    };
    const labels = random.once(2) ? ['app=api'] : [pick(random, TEXTS)];
    const process: Facts = { ...facts, labels };
    core.peerAllowed(core.decideConnect(process, connection), pick(random, TEXTS));
    core.decideAccept(process, connection);
    core.conditionHolds(random.below(4), process, connection, random.once(2));
  }
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const TEXTS = [
  '',
  'curl',
  '/usr/bin/curl',
  'api.example.com',
  'spiffe://example.org/ops/a',
  'x'.repeat(5000),
  '\u{1f600}',
];

/** A bundle taken apart; undefined when it is not even the outline of one. */
function decodeParts(bytes: Uint8Array): Parts | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Parts = { header: newHeader(), sections: buildParts(SAMPLE).sections };
  try {
    Object.assign(parts.header, readRecord(view, 0, 'header'), { size: 0 });
    for (const [i, { name, items, itemSize }] of SECTIONS.entries()) {
      const { offset, count } = readRecord(view, RECORDS.header.size + i * RECORDS.section.size, 'section');
      if (offset + count * itemSize > bytes.length) return undefined;
      const list: unknown[] = parts.sections[name];
      list.length = 0;
      for (let at = offset; at < offset + count * itemSize; at += itemSize)
        list.push(
          items === 'byte'
            ? view.getUint8(at)
            : items === 'u32'
              ? view.getUint32(at, true)
              : readRecord(view, at, items),
        );
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return parts;
}

const ODD = [0, 1, 2, 3, 4, 8, 31, 32, 127, 128, 255, 256, 1024, 65_535, 0xffff_fffe, 0xffff_ffff];

/** Changes one number or text of one section, or takes a record twice or not at all. */
function changeParts({ header, sections }: Parts, random: Random): void {
  const { name } = pick(random, SECTIONS);
  const list: unknown[] = sections[name];
  const at = random.below(Math.max(1, list.length));
  const item = list[at];
  switch (random.below(20)) {
    case 0:
      header.features = random.below(0x1_0000);
      break;
    case 1:
      header.setCount = random.below(8);
      break;
    case 2:
    case 3:
      if (item !== undefined) list.splice(at, 1, ...(random.once(2) ? [] : [item, item]));
      break;
    default:
      if (typeof item === 'number') list[at] = changedNumber(item, random) & (name === 'strings' ? 0xff : -1);
      else if (item !== undefined) changeField(Object(item), random);
  }
}

function changedNumber(value: number, random: Random): number {
  if (random.once(3)) return pick(random, ODD);
  return random.once(2) ? value ^ (1 << random.below(7)) : Math.max(0, value + random.below(5) - 2);
}

function changeField(record: Record<string, unknown>, random: Random): void {
  const field = pick(random, Object.keys(record));
  const value = record[field];
  if (typeof value === 'number') record[field] = changedNumber(value, random);
  else if (value instanceof Uint8Array) value[random.below(value.length)] = random.below(256);
}
