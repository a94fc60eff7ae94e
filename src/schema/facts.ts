// SPDX-License-Identifier: Apache-2.0
// Selectors of processes: which facts there are, and what values they take.

import { z } from 'zod';
import { type FactName, FACTS } from '../bundle/generated.ts';
import { quoted } from '../diagnostics/visible.ts';
import { oneOrMany, type Problem, rule } from './check.ts';

/** The largest id: 4294967295 means "none" to the kernel. */
const MOST_ID = 4_294_967_294;

const selectorFields = {
  'process:name': oneOrMany(textFact('process:name', () => undefined))
    .exactOptional()
    .describe('The name of the process as ps shows it, at most 15 bytes.'),
  'process:binary:path': oneOrMany(textFact('process:binary:path', pathProblem))
    .exactOptional()
    .describe('The absolute path of its executable.'),
  'process:uid': oneOrMany(numberFact(0, MOST_ID, 'a user id'))
    .exactOptional()
    .describe('Its effective user id.'),
  'process:gid': oneOrMany(numberFact(0, MOST_ID, 'a group id'))
    .exactOptional()
    .describe('Its effective group id.'),
  'process:cmdline': oneOrMany(textFact('process:cmdline', () => undefined))
    .exactOptional()
    .describe('What its command line begins with.'),
  'destination:port': oneOrMany(numberFact(1, 65_535, 'a port'))
    .exactOptional()
    .describe('The port that it connects to.'),
} satisfies Record<FactName, z.ZodType>;

/** Facts that must all hold. */
export const factSelector = z
  .strictObject(selectorFields)
  .meta({ minProperties: 1 })
  .check(
    rule((selector) =>
      Object.keys(selector).length > 0
        ? undefined
        : {
            code: 'RTP1113',
            message: 'the selector is empty',
            why: 'it would be true of every process',
            fix: 'name at least one fact, such as process:uid',
          },
    ),
  );

/** A whole number within bounds; as text, too, which is how policies written elsewhere may have it. */
function numberFact(low: number, high: number, what: string) {
  return z
    .union([z.number(), z.string()])
    .check(
      rule((value) => {
        const number = toNumber(value);
        if (Number.isInteger(number) && number >= low && number <= high) return undefined;
        return {
          code: what === 'a port' ? 'RTP1117' : 'RTP1119',
          message: `${typeof value === 'string' ? quoted(value) : String(value)} is not ${what}`,
          fix: `write a whole number from ${low} to ${high}`,
        };
      }),
    )
    .transform(toNumber);
}

function toNumber(value: number | string): number {
  if (typeof value === 'number') return value;
  return /^(0|[1-9][0-9]{0,9})$/.test(value) ? Number(value) : Number.NaN;
}

function textFact(
  fact: 'process:name' | 'process:binary:path' | 'process:cmdline',
  further: (text: string) => Problem | undefined,
) {
  const { limit } = FACTS[fact];
  return z.string().check(
    rule((text): Problem | undefined => {
      const bytes = Buffer.byteLength(text);
      if (bytes === 0)
        return { code: 'RTP1113', message: 'the value is empty', fix: 'write what the fact must be' };
      if (text.includes('\0')) {
        return {
          code: 'RTP1109',
          message: 'the value holds a NUL character, which no process has here',
          fix: 'remove it',
        };
      }
      if (!text.isWellFormed()) {
        return {
          code: 'RTP1109',
          message: 'the value holds half of a surrogate pair, which is no character',
          why: 'it has no form in UTF-8, so no process can have it',
          fix: 'write the character itself, or both halves of its escape',
        };
      }
      if (bytes > limit) {
        return {
          code: 'RTP1119',
          message: `the value has ${bytes} bytes; ${fact} has at most ${limit}`,
          why: 'the kernel cuts off what is longer, so the selector could never hold',
          fix:
            fact === 'process:name'
              ? 'select by process:binary:path, or write the first 15 bytes'
              : 'shorten it',
        };
      }
      return further(text);
    }),
  );
}

function pathProblem(path: string): Problem | undefined {
  const at = { code: 'RTP1109', why: 'the kernel knows each file by its absolute, shortest path' } as const;
  if (!path.startsWith('/')) {
    return {
      ...at,
      message: `${quoted(path)} is not an absolute path`,
      fix: 'write the path from the root, such as /usr/bin/curl',
    };
  }
  const shortest = `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
  if (path.split('/').includes('..') || shortest !== path || path === '/') {
    return {
      ...at,
      message: `${quoted(path)} is not the shortest path of a file`,
      fix:
        path.split('/').includes('..') || path === '/'
          ? 'write the path of the executable without ".."'
          : `write ${shortest}`,
    };
  }
  return undefined;
}

/** Facts of the policy language that this version does not collect: whole names, or families that end in a colon. */
const OTHER_FACTS: readonly string[] = [
  'process:pid',
  'process:uid:real',
  'process:uid:effective',
  'process:gid:real',
  'process:gid:effective',
  'process:gid:additional',
  'process:binary:hash',
  'process:env:',
  'process:network:',
  'source:ip',
  'source:port',
  'destination:ip',
  'direction',
  'k8s:',
  'kubernetes:',
  'docker:',
  'systemd:',
  'linuxos:',
  'node:',
  'sysfsdmi:',
  'ec2:',
  'awsiid:',
  'gcp:',
  'gcpiit:',
  'azure:',
  'github:',
  'githubactions:',
  'proxmox:',
  'macos:',
  'static:',
];

/** Whether the policy language has a fact that this version does not. */
export function isOtherFact(name: string): boolean {
  return OTHER_FACTS.some((fact) => (fact.endsWith(':') ? name.startsWith(fact) : name === fact));
}
