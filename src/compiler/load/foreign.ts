// SPDX-License-Identifier: Apache-2.0
// Files that are no policy yet: what git or a template engine left where YAML should be. Only looked for where the YAML is wrong, so
// that other files cost nothing.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { TEMPLATE_TAG } from '../../diagnostics/placeholders.ts';
import type { SourceText } from './lines.ts';

/** Also with spaces that fmt would remove. */
const LFS_POINTER = /^(\s*)(version https:\/\/git-lfs\.github\.com\/spec\/v1)[ \t\r]*\n\s*oid sha256:/;

/** The diagnostic for a file that git-lfs has in place of the real one. */
export function lfsPointer(source: SourceText): Diagnostic | undefined {
  const [found, before = '', version = ''] = LFS_POINTER.exec(source.text) ?? [];
  if (found === undefined) return undefined;
  return {
    code: 'RTP1022',
    severity: 'error',
    range: source.range(before.length, before.length + version.length),
    message: 'the file is a git-lfs pointer, not the policy',
    why: 'git-lfs keeps the contents elsewhere, and they were not fetched',
    fix: 'run "git lfs pull"; policies are small, and best kept in git itself',
  };
}

/** Diagnostics in place of those about YAML: each conflict of a merge, or the first tag of a template on each line that is wrong. */
export function foreignText(source: SourceText, wrong: readonly Diagnostic[]): readonly Diagnostic[] {
  const conflicts = conflictsIn(source);
  if (conflicts.length > 0) return conflicts;
  const tags = templateTags(source);
  if (tags.size === 0) return wrong;
  const lines = new Set<number>();
  return wrong.flatMap((diagnostic): readonly Diagnostic[] => {
    const { line } = diagnostic.range.start;
    const tag = tags.get(line);
    if (tag === undefined) return [diagnostic];
    if (lines.has(line)) return [];
    lines.add(line);
    return [tag];
  });
}

const MOST_CONFLICTS = 20;

function conflictsIn(source: SourceText): readonly Diagnostic[] {
  // Lines that git writes begin at the margin, where no value of a map can.
  const marker = /^(?:<{7}|\|{7}|>{7})(?: .*)?$|^={7}$/gm;
  const found: Diagnostic[] = [];
  for (const { 0: line, index } of source.text.matchAll(marker)) {
    const isBegin = line.startsWith('<');
    // One diagnostic for each conflict; what is left of one that was half resolved gets its own.
    if (!isBegin && found.length > 0) continue;
    if (found.length === MOST_CONFLICTS) break;
    found.push({
      code: 'RTP1021',
      severity: 'error',
      range: source.range(index, index + line.trimEnd().length),
      message: `a merge conflict ${isBegin ? 'begins here, and is' : 'is'} not resolved: ${source.quote(index, index + line.trimEnd().length)}`,
      why: 'riptides does not guess which side is meant',
      fix: 'keep one side, remove the lines <<<<<<<, ======= and >>>>>>>, and commit',
    });
  }
  return found;
}

/** The first tag of a template on each line that has one. */
function templateTags(source: SourceText): ReadonlyMap<number, Diagnostic> {
  const found = new Map<number, Diagnostic>();
  for (const { 0: tag, index } of source.text.matchAll(new RegExp(TEMPLATE_TAG, 'g'))) {
    const range = source.range(index, index + tag.length);
    if (found.has(range.start.line)) continue;
    found.set(range.start.line, {
      code: 'RTP1023',
      severity: 'error',
      range,
      message: `${source.quote(index, index + tag.length)} belongs to a template: this is not YAML yet`,
      why: 'riptides reads a policy as it is written, with no variables from outside',
      fix: 'run the program that fills the template in first; {{.TrustDomain}} in a SPIFFE ID stands in quotes',
    });
  }
  return found;
}
