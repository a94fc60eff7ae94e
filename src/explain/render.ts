// SPDX-License-Identifier: Apache-2.0
// An explanation for people: the verdict, then who, which rule, and where it is written.

import type { Facts } from '../bundle/core.ts';
import type { Paint } from '../cli/terminal.ts';
import type { SourceRange } from '../diagnostics/diagnostic.ts';
import { readSourceFile } from '../diagnostics/source.ts';
import type { Explanation } from './explain.ts';

export interface ExplanationOf {
  readonly facts: Facts;
  readonly to: string;
  readonly explanation: Explanation;
}

const STYLES = { allow: 'green', audit: 'yellow', deny: 'red' } as const;
const EFFECTS = {
  allow: 'the connection goes on',
  audit: 'the connection goes on, and is reported',
  deny: 'connect(2) fails at once with EACCES',
} as const;

export function renderExplanation({ facts, to, explanation }: ExplanationOf, paint: Paint): string {
  const { verdict, rule, identity, service } = explanation;
  const lines = [
    `${paint(STYLES[verdict], verdict.toUpperCase())}  ${describeProcess(facts)} → ${to}`,
    '',
    `  identity  ${identity === undefined ? 'none' : `${identity.spiffeID}  ${paint('dim', place(identity.source))}`}`,
  ];
  if (service !== undefined)
    lines.push(`  service   ${service.name}  ${paint('dim', place(service.source))}`);
  lines.push(`  rule ${String(rule.id).padEnd(4)} ${place(rule.source)}`);
  const text = readLine(rule.source);
  if (text !== undefined) lines.push(`            ${paint('dim', `${rule.source.start.line} |`)} ${text}`);
  lines.push(`  because   ${rule.because}`, `  effect    ${EFFECTS[verdict]}`);
  return lines.join('\n');
}

/** `file:line:column`, as editors and people read it. */
export function place(range: SourceRange): string {
  return `${range.file}:${range.start.line}:${range.start.column}`;
}

function describeProcess(facts: Facts): string {
  const program = facts['process:binary:path'] ?? facts['process:name'] ?? 'a process';
  const ids = [
    ...(facts['process:uid'] === undefined ? [] : [`uid ${facts['process:uid']}`]),
    ...(facts['process:gid'] === undefined ? [] : [`gid ${facts['process:gid']}`]),
  ];
  return ids.length === 0 ? program : `${program} (${ids.join(', ')})`;
}

function readLine(range: SourceRange): string | undefined {
  return readSourceFile(range.file)?.split(/\r?\n/)[range.start.line - 1]?.trimEnd();
}
