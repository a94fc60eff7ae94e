// SPDX-License-Identifier: Apache-2.0
// Values of facts, by the type of the fact: what is wrong with one, and what it becomes.

import { formatAddress, parseAddress, parsePrefix } from '../../bundle/address.ts';
import { FACTS, LIMITS } from '../../bundle/generated.ts';
import { quoted } from '../../terminal/visible.ts';
import { suggestName } from '../../diagnostics/suggest.ts';
import type { Problem } from '../check.ts';
import type { Fact, FactType } from './types.ts';

/** The largest id: 4294967295 means "none" to the kernel. */
const MOST_ID = 4_294_967_294;
const MOST_COUNT = Number.MAX_SAFE_INTEGER;
const DIRECTIONS: readonly string[] = ['input', 'output'];

/** A value as YAML has it. */
export type FactValue = string | number | boolean;

const NUMBERS: Partial<
  Record<FactType, { readonly what: string; readonly low: number; readonly high: number }>
> = {
  id: { what: 'an id of a user or group', low: 0, high: MOST_ID },
  port: { what: 'a port', low: 1, high: 65_535 },
  count: { what: 'a whole number', low: 0, high: MOST_COUNT },
};

/** Whether values of the type are numbers in a selector. */
export function isNumeric(type: FactType): boolean {
  return NUMBERS[type] !== undefined;
}

/** What is wrong with a value of a fact; `name` is how the fact was written. */
export function valueProblem(value: FactValue, fact: Fact, name: string): Problem | undefined {
  const numbers = NUMBERS[fact.type];
  if (numbers !== undefined) return numberProblem(value, numbers);
  if (fact.type === 'boolean' && typeof value === 'boolean') return undefined;
  if (fact.type === 'direction' || fact.type === 'boolean') return typedProblem(String(value), fact);
  if (typeof value !== 'string') {
    return {
      code: 'RTP1107',
      message: `the field ${quoted(name)} must be text or a list, not ${typeof value === 'number' ? 'the number ' : ''}${value}`,
      fix: 'put the value in quotes',
    };
  }
  return textProblem(value, fact, name) ?? typedProblem(value, fact);
}

/** A value without problems as the later stages have it. */
export function normaliseValue(value: FactValue, { type }: Fact): string | number {
  if (isNumeric(type)) return toNumber(value);
  const text = String(value);
  if (type === 'hash') return text.toLowerCase();
  if (type !== 'ip') return text;
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
}

function numberProblem(
  value: FactValue,
  { what, low, high }: { readonly what: string; readonly low: number; readonly high: number },
): Problem | undefined {
  const number = toNumber(value);
  if (Number.isInteger(number) && number >= low && number <= high) return undefined;
  return {
    code: what === 'a port' ? 'RTP1117' : 'RTP1119',
    message: `${typeof value === 'string' ? quoted(value) : String(value)} is not ${what}`,
    fix: `write a whole number from ${low} to ${high}`,
  };
}

/** As text, too, which is how policies written elsewhere may have it. */
function toNumber(value: FactValue): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^(0|[1-9][0-9]{0,15})$/.test(value) ? Number(value) : Number.NaN;
}

/** What is wrong with any text. */
function textProblem(text: string, fact: Fact, name: string): Problem | undefined {
  if (text === '')
    return { code: 'RTP1113', message: 'the value is empty', fix: 'write what the fact must be' };
  if (text.includes('\0')) {
    return {
      code: 'RTP1109',
      message: 'the value has a NUL character, so no process can have it',
      fix: 'remove it',
    };
  }
  if (!text.isWellFormed()) {
    return {
      code: 'RTP1109',
      message: 'the value has half of a surrogate pair, which is not a character',
      why: 'it has no form in UTF-8, so no process can have it',
      fix: 'write the character itself, or both halves of its escape',
    };
  }
  const native =
    fact.native === undefined || fact.type === 'ip' || fact.type === 'direction' ? undefined : fact.native;
  // Facts that the kernel does not collect travel as name=value.
  const bytes = Buffer.byteLength(text) + (native === undefined ? Buffer.byteLength(name) + 1 : 0);
  const limit = native === undefined ? LIMITS.labelLength : FACTS[native].limit;
  if (bytes <= limit) return undefined;
  return {
    code: 'RTP1119',
    message:
      native === undefined
        ? `the fact and its value have ${bytes} bytes; ${limit} are allowed`
        : `the value has ${bytes} bytes; ${native} has at most ${limit}`,
    why: 'longer values are cut off, so the selector would never match',
    fix:
      native === 'process:name' ? 'select by process:binary:path, or write the first 15 bytes' : 'shorten it',
  };
}

/** What is wrong with a text of this type. */
function typedProblem(text: string, { type }: Fact): Problem | undefined {
  switch (type) {
    case 'path':
      return pathProblem(text);
    case 'cgroup':
      return cgroupProblem(text);
    case 'hash':
      return hashProblem(text);
    case 'ip':
      return ipProblem(text);
    case 'direction':
      if (DIRECTIONS.includes(text)) return undefined;
      return {
        code: 'RTP1108',
        message: `${quoted(text)} is not a direction`,
        fix: 'write output for connections that the process opens, input for those that it accepts',
        suggestion: suggestName(text, DIRECTIONS),
      };
    case 'boolean':
      if (text === 'true' || text === 'false') return undefined;
      return { code: 'RTP1108', message: `${quoted(text)} is not true or false`, fix: 'write true or false' };
    case 'text':
    case 'process-name':
    case 'command-line':
    case 'id':
    case 'port':
    case 'count':
      return undefined;
  }
}

/** As the kernel writes it: from the root of the hierarchy, which is "/" itself. */
function cgroupProblem(text: string): Problem | undefined {
  const isPath = text === '/' || (text.startsWith('/') && !text.endsWith('/'));
  const parts = text.split('/').slice(1);
  if (isPath && (text === '/' || parts.every((part) => part !== '' && part !== '.' && part !== '..')))
    return undefined;
  return {
    code: 'RTP1109',
    message: `${quoted(text)} is not the path of a cgroup`,
    why: 'the kernel knows each cgroup by its absolute, shortest path',
    fix: 'write it as the part of /proc/PID/cgroup after "0::", such as /system.slice/nginx.service',
  };
}

function hashProblem(text: string): Problem | undefined {
  if (/^sha256:[0-9a-f]{64}$/i.test(text)) return undefined;
  return {
    code: 'RTP1109',
    message: `${quoted(text)} is not the SHA-256 of a file`,
    fix: /^[0-9a-f]{64}$/i.test(text)
      ? 'write sha256: before it'
      : 'write sha256: and 64 hexadecimal digits, as sha256sum prints them',
  };
}

function ipProblem(text: string): Problem | undefined {
  if (parseAddress(text) !== undefined) return undefined;
  const prefix = parsePrefix(text);
  const isPrefix = !('problem' in prefix) || prefix.problem !== 'not-an-address';
  return {
    code: 'RTP1116',
    message: isPrefix
      ? `${quoted(text)} is a prefix; a selector compares whole addresses`
      : `${quoted(text)} is not an IP address`,
    fix: isPrefix
      ? 'write single addresses, or give the prefix to a Service and select that in a rule'
      : 'write an address such as 10.0.0.7 or 2001:db8::7, without port or zone',
  };
}

/** What is wrong with a path as that of an executable. */
export function pathProblem(path: string): Problem | undefined {
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
  if (!path.split('/').includes('..') && shortest === path && path !== '/') return undefined;
  if (path.endsWith('/')) {
    return {
      ...at,
      message: `${quoted(path)} is a directory, not a file`,
      fix: 'write the path of the executable, such as /usr/bin/curl',
    };
  }
  return {
    ...at,
    message: `${quoted(path)} is not the shortest path of a file`,
    fix: path.split('/').includes('..')
      ? 'write the path of the executable without ".."'
      : `write ${shortest}`,
  };
}

/** Facts that are names, in which there are no asterisks and no spaces at the ends. */
const NAMES =
  /^(?:k8s:(?:label|pod|container|node):|docker:(?:name$|image:)|systemd:(?:unit|slice)$|github:verified:)/;

/** Why hardly any process has a value, though it may; `name` is the canonical name of the fact. */
export function unlikelyValue(
  text: string,
  { type }: Fact,
  name: string,
): Pick<Problem, 'message' | 'why' | 'fix'> | undefined {
  if (type === 'command-line' && text.endsWith('*')) {
    return {
      message: `${quoted(text)} ends in an asterisk, which is compared like any other character`,
      why: 'a command line is compared by what it begins with',
      fix: 'leave out the asterisk',
    };
  }
  const isName = type === 'path' || type === 'process-name' || NAMES.test(name);
  if (isName && text.includes('*')) {
    return {
      message: `${quoted(text)} looks like a pattern, and values are compared whole`,
      why: 'only a process that has an asterisk there would be selected',
      fix: 'write each value; a list of values is "or"',
    };
  }
  if (type === 'path' && text.endsWith(' (deleted)')) {
    return {
      message: `${quoted(text)} is how /proc shows a deleted file`,
      why: 'a program whose file was deleted has no path here, so the selector never holds',
      fix: 'write the path without " (deleted)"',
    };
  }
  // What a command line begins with may end in a space: python3, and not python3.11.
  if (text === (type === 'command-line' ? text.trimStart() : text.trim())) return undefined;
  return {
    message: `${quoted(text)} has a space at an end`,
    why: 'values are compared whole, spaces too',
    fix: 'remove the space',
  };
}
