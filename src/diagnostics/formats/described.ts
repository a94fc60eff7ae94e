// SPDX-License-Identifier: Apache-2.0
// A diagnostic as the formats for other programs need it: with a path that the code host knows, and a stable fingerprint.

import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

import { sha256 } from '../../crypto.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { formatPath, shownDiagnostics } from '../render.ts';

/** What a format makes a text of. */
export interface DescribedDiagnostics {
  /** In the order of file, line and column. */
  readonly diagnostics: readonly Described[];
  /** Version of riptides. */
  readonly version: string;
}

export interface Described {
  readonly diagnostic: Diagnostic;
  /** Path of the file from the top of its git repository, or from `cwd` outside of one; with slashes. */
  readonly file: string;
  /** The same for the files of `diagnostic.related`, in their order. */
  readonly relatedFiles: readonly string[];
  /** `spec.egress[0]`; undefined when it is about no value of a document. */
  readonly path: string;
  /**
   * The same for the same diagnostic in a later revision, wherever its lines have moved to, and unique: 64 hexadecimal
   * digits.
   */
  readonly fingerprint: string;
}

/** Sorts diagnostics and gives each its path and fingerprint. Files are looked up from `cwd`, an absolute path. */
export function describeDiagnostics(
  diagnostics: readonly Diagnostic[],
  { version, cwd }: { readonly version: string; readonly cwd: string },
): DescribedDiagnostics {
  const locate = locator(cwd);
  const seen = new Map<string, number>();
  const described = shownDiagnostics(diagnostics).map((diagnostic) => {
    const file = locate(diagnostic.range.file);
    const path = formatPath(diagnostic.path ?? []);
    const key = JSON.stringify([diagnostic.code, file, path, diagnostic.message]);
    const ordinal = seen.get(key) ?? 0;
    seen.set(key, ordinal + 1);
    return {
      diagnostic,
      file,
      relatedFiles: (diagnostic.related ?? []).map(({ range }) => locate(range.file)),
      path,
      fingerprint: sha256(`${key}${ordinal}`),
    };
  });
  return { diagnostics: described, version };
}

/** Asks the file system once for each folder. */
function locator(cwd: string): (file: string) => string {
  const tops = new Map<string, string | undefined>();
  const topOf = (folder: string): string | undefined => {
    if (!tops.has(folder)) {
      const above = dirname(folder);
      const found = existsSync(join(folder, '.git'));
      tops.set(folder, found ? folder : above === folder ? undefined : topOf(above));
    }
    return tops.get(folder);
  };
  return (file) => {
    const absolute = resolve(cwd, file);
    const path = relative(topOf(dirname(absolute)) ?? cwd, absolute);
    return (path.startsWith(`..${sep}`) ? absolute : path).split(sep).join('/');
  };
}

/** Message, reason and remedy, a line each. */
export function fullText({ message, why, fix, suggestion }: Diagnostic): string {
  return [
    message,
    ...(why === undefined ? [] : [`Why: ${why}`]),
    `Fix: ${fix}`,
    ...(suggestion === undefined ? [] : [`Did you mean: ${suggestion}`]),
  ].join('\n');
}
