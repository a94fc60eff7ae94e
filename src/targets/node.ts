// SPDX-License-Identifier: Apache-2.0
// The name of this node in records.

import { hostname } from 'node:os';

import { UserError } from '../errors.ts';

/** Characters that git allows in one part of the name of a ref, and that no shell or file system minds. */
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-])){0,126}$/;

/**
 * The name of this node: the one given, or the host's with what a ref cannot hold replaced by `-`.
 *
 * @throws UserError `usage` when the name given cannot stand in the name of a ref
 */
export function nodeName(given?: string): string {
  if (given !== undefined) {
    if (!isNodeName(given))
      throw new UserError('usage', {
        message: `"${given}" cannot be the name of a node`,
        why: 'it becomes part of the name of a git ref',
        fix: 'use letters, digits, "_", "-" and single dots inside, at most 127 characters',
      });
    return given;
  }
  const name = hostname()
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
    .replaceAll(/\.{2,}/g, '.')
    .slice(0, 127)
    .replace(/^[.-]+/, '')
    .replace(/[.]+$/, '');
  return isNodeName(name) ? name : 'localhost';
}

function isNodeName(name: string): boolean {
  // git keeps the ending .lock for itself.
  return NAME.test(name) && !name.endsWith('.lock');
}
