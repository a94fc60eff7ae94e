// SPDX-License-Identifier: Apache-2.0
// What is said to have no effect has none: on random policies in a small world, a rule that is reported is turned off, and an entry that is
// reported is taken out, and the core decides every connection of the world as before. RIPTIDES_SEED tries other policies.

import { expect, test } from '@jest/globals';
import { parseAddress } from '../../../src/bundle/address.ts';
import { openBundle } from '../../../src/bundle/core.ts';
import { analyseModel } from '../../../src/compiler/analyse/analyse.ts';
import { emitBundle } from '../../../src/compiler/emit/emit.ts';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { lowerModel } from '../../../src/compiler/lower/lower.ts';
import { resolveModel } from '../../../src/compiler/resolve/resolve.ts';
import { shapeDocuments } from '../../../src/compiler/shape/shape.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { SEED } from '../../seed.ts';

/** Each takes about a seventh of a second. */
const POLICIES = 80;

/** Rules that are reported decide nothing; entries add nothing. */
const RULES: readonly string[] = ['RTP1402', 'RTP1413', 'RTP1415', 'RTP1514'];
const ENTRIES = 'RTP1414';

type Json = Record<string, unknown>;

interface Rule {
  mode?: string;
  readonly [field: string]: unknown;
}

interface Policy {
  readonly services: readonly Json[];
  readonly identities: readonly (Json & {
    readonly egress: readonly Rule[];
    readonly ingress: readonly Rule[];
  })[];
}

function randomPolicy(seed: number): Policy {
  let state = seed * 2_654_435_761 + 1;
  const random = (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
  const one = <T>(of: readonly [T, ...T[]]): T => of[random(of.length)] ?? of[0];
  const some = <T>(make: () => T, most: number): readonly T[] =>
    Array.from({ length: 1 + random(most) }, make);
  const ports = () => one([1, 2, '1-2', '2-3']);
  const peers = () => one(['spiffe://t.example/a', 'spiffe://t.example/b', 'spiffe://t.example/*']);
  const maybe = (field: string, value: unknown): Json => (random(2) === 0 ? {} : { [field]: value });
  const labels = (): Json =>
    one<Json>([{ app: 'a' }, { app: 'b' }, { app: ['a', 'b'] }, { app: 'a', tier: 'x' }, { tier: 'x' }]);
  const when = () =>
    one([
      'process.uid == 1',
      'process.uid in [1, 2]',
      'process.name == "a"',
      'destination.port == 1',
      'cidr("10.0.0.0/31").containsIP(destination.ip)',
      '!cidr("10.0.0.0/30").containsIP(destination.ip)',
      'process.uid == 2 && destination.port != 2',
      'process.uid == 1 && process.uid == 2',
    ]);
  const whenIn = () =>
    one(['process.uid == 1', 'process.uid in [1, 2]', 'peer.path == "/a"', 'source.port == 7']);
  const mode = (): Json => maybe('mode', one(['audit', 'enforce']));
  const selector = (): Json => ({
    'process:uid': one<unknown>([1, 2, [1, 2], [1, 1]]),
    ...maybe('process:name', one(['a', 'b'])),
    ...(random(4) === 0
      ? one<Json>([
          { 'destination:port': 1 },
          { direction: 'input' },
          { direction: 'output' },
          { 'source:port': 7 },
        ])
      : {}),
  });
  return {
    services: ['a', 'b'].map((app) => ({
      labels: { app, ...(app === 'a' ? { tier: 'x' } : {}) },
      addresses: some(
        () => ({
          address: one(['10.0.0.0/30', '10.0.0.1', '10.0.0.2/31', '10.0.0.3']),
          ...maybe('port', ports()),
        }),
        3,
      ),
    })),
    identities: ['a', 'b'].slice(0, 1 + random(2)).map((workloadID) => ({
      workloadID,
      selectors: some(selector, 3),
      ...maybe('allowedSPIFFEIDs', { inbound: some(peers, 2) }),
      egress: some(
        () => ({
          selectors: some(labels, 2),
          ...maybe('ports', some(ports, 2)),
          ...maybe('when', when()),
          ...mode(),
        }),
        4,
      ),
      ingress: some(
        () => ({
          ...maybe('peers', some(peers, 2)),
          ...maybe('ports', some(ports, 2)),
          ...maybe('when', whenIn()),
          ...mode(),
        }),
        3,
      ),
    })),
  };
}

/** One document for each line, and one line for each rule. */
function textOf({ services, identities }: Policy): string {
  const document = (kind: string, name: string, lines: string): string =>
    `---\napiVersion: core.riptides.io/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n${lines}`;
  return [
    document('Project', 'p', '  trustDomain: t.example\n  defaultPosture: { egress: deny, ingress: deny }\n'),
    ...services.map((spec, i) => document('Service', `s${i}`, fields(spec))),
    ...identities.map((spec, i) => document('WorkloadIdentity', `i${i}`, fields(spec))),
  ].join('');
}

function fields(spec: Json): string {
  return Object.entries(spec)
    .map(([name, value]) =>
      Array.isArray(value)
        ? `  ${name}:\n${value.map((item: unknown) => `    - ${JSON.stringify(item)}\n`).join('')}`
        : `  ${name}: ${JSON.stringify(value)}\n`,
    )
    .join('');
}

interface Compiled {
  readonly diagnostics: readonly Diagnostic[];
  /** What is decided of each connection of the world. */
  readonly decisions: readonly string[];
}

function compile(text: string): Compiled | undefined {
  const shaped = shapeDocuments(parseFile('p.yaml', Buffer.from(text)).value ?? []);
  const { value: model, diagnostics } = resolveModel(shaped.value ?? []);
  if (model === undefined)
    throw new Error([...shaped.diagnostics, ...diagnostics].map(({ message }) => message).join());
  const lowered = lowerModel(model);
  const bundle = lowered.value && emitBundle(lowered.value.tables);
  if (!(bundle instanceof Uint8Array)) return undefined;
  return {
    diagnostics: [...shaped.diagnostics, ...diagnostics, ...analyseModel(model), ...lowered.diagnostics],
    decisions: decide(bundle),
  };
}

function decide(bundle: Uint8Array): readonly string[] {
  const core = openBundle(bundle);
  const decisions: string[] = [];
  for (const uid of [1, 2, 3]) {
    for (const name of ['a', 'b']) {
      const facts = { 'process:uid': uid, 'process:name': name };
      for (const host of [0, 1, 2, 3, 4]) {
        const address = parseAddress(`10.0.0.${host}`) ?? new Uint8Array(16);
        for (const port of [1, 2, 3]) {
          const { action, identity } = core.decideConnect(facts, { remote: { address, port } });
          decisions.push(`${uid}${name} to ${host}:${port} ${action} ${identity}`);
        }
      }
      for (const peer of ['spiffe://t.example/a', 'spiffe://t.example/b', 'spiffe://u.example/a']) {
        for (const localPort of [1, 2, 3]) {
          for (const port of [7, 8]) {
            const remote = { address: parseAddress('10.0.0.9') ?? new Uint8Array(16), port };
            const { action, identity } = core.decideAccept(facts, { remote, localPort, peer });
            decisions.push(`${uid}${name} from ${peer}:${port} at ${localPort} ${action} ${identity}`);
          }
        }
      }
    }
  }
  return decisions;
}

/** The policy with the rule at a line turned off. */
function turnedOff(text: string, line: number): string | undefined {
  const lines = text.split('\n');
  const written = lines[line - 1];
  if (written === undefined || !written.startsWith('    - {')) return undefined;
  const rule: unknown = JSON.parse(written.slice(6));
  if (typeof rule !== 'object' || rule === null) return undefined;
  lines[line - 1] = `    - ${JSON.stringify({ ...rule, mode: 'off' })}`;
  return lines.join('\n');
}

/** The policy without an entry of a list. */
function without(text: string, { path = [], range }: Diagnostic): string | undefined {
  const lines = text.split('\n');
  const written = lines[range.start.line - 1] ?? '';
  const depth = path.findIndex((step) => typeof step === 'number');
  if (!written.startsWith('    - ')) return undefined;
  const rest = path.slice(depth + 1);
  const last = rest.at(-1);
  // A whole entry of the outer list; an address has no other text in this world.
  if (last === undefined || last === 'address') return lines.toSpliced(range.start.line - 1, 1).join('\n');
  if (typeof last !== 'number') return undefined;
  const item: unknown = JSON.parse(written.slice(6));
  const list = rest
    .slice(0, -1)
    .reduce<unknown>(
      (here, step) =>
        typeof here === 'object' && here !== null
          ? Object.getOwnPropertyDescriptor(here, step)?.value
          : undefined,
      item,
    );
  if (!Array.isArray(list)) return undefined;
  list.splice(last, 1);
  lines[range.start.line - 1] = `    - ${JSON.stringify(item)}`;
  return lines.join('\n');
}

test('what is reported to have no effect has none', () => {
  const seen = new Map<string, number>();
  for (let seed = SEED; seed < SEED + POLICIES; seed++) {
    const text = textOf(randomPolicy(seed));
    const before = compile(text);
    if (before === undefined) continue;
    for (const diagnostic of before.diagnostics) {
      const { code, range } = diagnostic;
      const changed = RULES.includes(code)
        ? turnedOff(text, range.start.line)
        : code === ENTRIES
          ? without(text, diagnostic)
          : undefined;
      if (changed === undefined) continue;
      seen.set(code, (seen.get(code) ?? 0) + 1);
      const after = compile(changed);
      expect({ seed, code, line: range.start.line, text, decisions: after?.decisions }).toEqual({
        seed,
        code,
        line: range.start.line,
        text,
        decisions: before.decisions,
      });
    }
  }
  // The property is worth something only if each is reported often.
  for (const code of [...RULES, ENTRIES])
    expect({ code, often: (seen.get(code) ?? 0) > 1 }).toEqual({ code, often: true });
});
