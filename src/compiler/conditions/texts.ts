// SPDX-License-Identifier: Apache-2.0
// Texts that a field can never be, begin with or end with.

import { quoted } from '../../terminal/visible.ts';
import { textLength } from '../../bundle/text.ts';
import { pathProblem } from '../../schema/facts/values.ts';
import type { TextField, TextTest } from '../../conditions/types.ts';
import { TEXT_LIMITS } from './fields.ts';
import type { Refusal } from './types.ts';

/** What is wrong with a text that a field is compared with; `name` is how the field is written. */
export function impossibleText(
  field: TextField,
  name: string,
  test: TextTest['test'],
  text: string,
): Omit<Refusal, 'code'> | undefined {
  const length = textLength(text);
  const most = TEXT_LIMITS[field];
  if (length > most) {
    return {
      message: `the text has ${length} bytes; ${name} has at most ${most}`,
      why: 'longer values are cut off, so the comparison would never hold',
      fix:
        field === 'processName' ? 'compare process.binary.path, or write the first 15 bytes' : 'shorten it',
    };
  }
  // A field that is not known is the empty text.
  if (text === '') return undefined;
  switch (field) {
    case 'destinationName':
      return hostNameProblem(name, test, text);
    case 'peerDomain':
      return inLowerCase(name, text);
    case 'processBinaryPath':
      return test === 'equal' ? wholePath(text) : beginsOtherwise(name, test, text, '/');
    case 'peerId':
      return beginsOtherwise(name, test, text, 'spiffe://', 'write the whole ID, or compare peer.path');
    case 'peerPath':
      return beginsOtherwise(name, test, text, '/');
    case 'processName':
    case 'processCmdline':
      return undefined;
  }
}

function wholePath(text: string): Omit<Refusal, 'code'> | undefined {
  const { message, why, fix } = pathProblem(text) ?? {};
  return message === undefined || fix === undefined
    ? undefined
    : { message, fix, ...(why !== undefined && { why }) };
}

function inLowerCase(name: string, text: string): Omit<Refusal, 'code'> | undefined {
  if (text === text.toLowerCase()) return undefined;
  return { message: `${name} is always in lower case`, fix: `write ${quoted(text.toLowerCase())}` };
}

function hostNameProblem(
  name: string,
  test: TextTest['test'],
  text: string,
): Omit<Refusal, 'code'> | undefined {
  if (text.includes('*')) {
    const end = text.replace(/^\*+/, '').toLowerCase();
    return {
      message: `${quoted(text)} has an asterisk, which no host name has`,
      why: 'texts are compared letter by letter',
      fix: end === '' || end.includes('*') ? 'write each name' : `write ${name}.endsWith(${quoted(end)})`,
    };
  }
  if (test !== 'starts' && text.endsWith('.')) {
    return {
      message: `${name} has no dot at its end`,
      fix: `write ${quoted(text.replace(/\.+$/, '').toLowerCase())}`,
    };
  }
  return inLowerCase(name, text);
}

function beginsOtherwise(
  name: string,
  test: TextTest['test'],
  text: string,
  beginning: string,
  fix = `write ${quoted(`${beginning}${text}`)}`,
): Omit<Refusal, 'code'> | undefined {
  const fits =
    test === 'ends' || text.startsWith(beginning) || (test === 'starts' && beginning.startsWith(text));
  return fits ? undefined : { message: `${name} begins with ${quoted(beginning)}`, fix };
}
