// SPDX-License-Identifier: Apache-2.0
// All facts of the policy language, and how one is found by its name.

import type { Match } from '../../bundle/generated.ts';
import { suggestName } from '../../diagnostics/suggest.ts';
import { CLOUD_FACTS } from './clouds.ts';
import { CONTAINER_FACTS } from './containers.ts';
import { HOST_FACTS } from './hosts.ts';
import { PROCESS_FACTS } from './process.ts';
import type { Fact } from './types.ts';

/** Every fact, family by family. */
export const ALL_FACTS: readonly Fact[] = [
  ...PROCESS_FACTS,
  ...CONTAINER_FACTS,
  ...HOST_FACTS,
  ...CLOUD_FACTS,
];

/** Other names of facts and of families, which end in a colon. */
export const FACT_ALIASES: Readonly<Record<string, string>> = {
  'process:uid:effective': 'process:uid',
  'process:gid:effective': 'process:gid',
  'kubernetes:': 'k8s:',
  'githubactions:': 'github:',
};

const BY_NAME = new Map(ALL_FACTS.filter(({ name }) => !name.includes('<')).map((fact) => [fact.name, fact]));

/** Families by the first part of their names. */
const OPEN = Map.groupBy(
  ALL_FACTS.filter(({ name }) => name.includes('<')).map((fact) => ({ fact, pattern: patternOf(fact.name) })),
  ({ fact }) => firstPart(fact.name),
);

/** `a:<b>:c` as a pattern: what stands for a part at the end takes all that is left. */
function patternOf(name: string): RegExp {
  const source = name
    .split(/(<[^>]*>)/)
    .map((part) => (part.startsWith('<') ? '[^:]+' : part))
    .join('');
  return new RegExp(`^${name.endsWith('>') ? source.replace(/\[\^:\]\+$/, '.+') : source}$`, 's');
}

function firstPart(name: string): string {
  return name.slice(0, name.indexOf(':') + 1);
}

/** The name that a fact is known by here, whichever of its names was written. */
export function canonicalFact(name: string): string {
  const whole = Object.hasOwn(FACT_ALIASES, name) ? FACT_ALIASES[name] : undefined;
  if (whole !== undefined) return whole;
  const first = firstPart(name);
  const family = Object.hasOwn(FACT_ALIASES, first) ? FACT_ALIASES[first] : undefined;
  return family === undefined ? name : `${family}${name.slice(first.length)}`;
}

/** The fact of a canonical name; undefined when there is none. */
export function findFact(name: string): Fact | undefined {
  return BY_NAME.get(name) ?? OPEN.get(firstPart(name))?.find(({ pattern }) => pattern.test(name))?.fact;
}

/** How a fact is compared in a selector. */
export function matchOf(fact: Fact): Match {
  if (fact.type === 'command-line') return 'prefix';
  return fact.native !== undefined && ['id', 'port', 'direction'].includes(fact.type) ? 'number' : 'string';
}

const WHOLE_NAMES: readonly string[] = [
  ...BY_NAME.keys(),
  ...Object.keys(FACT_ALIASES).filter((alias) => !alias.endsWith(':')),
];

/** The name of a fact that is near to one that does not exist. */
export function suggestFact(written: string): string | undefined {
  const name = canonicalFact(written);
  // The last part alone: uid.
  const [whole] = WHOLE_NAMES.filter((other) => other.endsWith(`:${name}`)).sort(
    (a, b) => a.split(':').length - b.split(':').length,
  );
  if (whole !== undefined) return whole;
  return name.includes(':') ? (suggestName(name, WHOLE_NAMES) ?? suggestFamily(name)) : undefined;
}

/** A slip in what stands before the part that may be anything: k8s:lable:app. */
function suggestFamily(name: string): string | undefined {
  const parts = name.split(':');
  const families = FACT_FAMILIES.map((family) => family.slice(0, -1));
  const [first = ''] = parts;
  for (const { fact } of [...OPEN.values()].flat()) {
    const own = fact.name.split(':');
    const fixed = own.findIndex((part) => part.startsWith('<'));
    // That the first part is wrong is a slip only when there is no such family.
    if (parts.length <= fixed || (own[0] !== first && families.includes(first))) continue;
    const head = own.slice(0, fixed).join(':');
    if (suggestName(parts.slice(0, fixed).join(':'), [head]) === undefined) continue;
    const near = [head, ...parts.slice(fixed)].join(':');
    if (findFact(near) !== undefined) return near;
  }
  return undefined;
}

const MOST_SHOWN = 8;

/** The name up to the part after the first `length`, with an ellipsis for what follows. */
function shortened(name: string, length: number): string {
  const parts = name.split(':');
  return parts.length > length + 1 ? `${parts.slice(0, length + 1).join(':')}:…` : name;
}

/** What there is below the first one or two parts of a name, at most a line of it. */
const BELOW: ReadonlyMap<string, readonly string[]> = new Map(
  [1, 2].flatMap((length) =>
    [
      ...Map.groupBy(
        ALL_FACTS.map(({ name }) => name).filter((name) => name.split(':').length > length),
        (name) => name.split(':').slice(0, length).join(':'),
      ),
    ].map(([head, names]) => {
      const shown = names.length <= MOST_SHOWN ? names : names.map((name) => shortened(name, length));
      return [head, [...new Set(shown)]] as const;
    }),
  ),
);

/** The families, for saying what there is: `process:`, `k8s:`, … */
export const FACT_FAMILIES: readonly string[] = [
  ...new Set(ALL_FACTS.map(({ name }) => firstPart(name) || name)),
];

const FAMILIES_SHOWN = FACT_FAMILIES.map((family) => (family.endsWith(':') ? `${family}…` : family));

/** What there is near a name that is no fact: facts of its family, or the families. */
export function factsNear(written: string): readonly string[] {
  const [first = '', second] = canonicalFact(written).split(':', 2);
  return BELOW.get(`${first}:${second}`) ?? BELOW.get(first) ?? FAMILIES_SHOWN;
}
