// SPDX-License-Identifier: Apache-2.0
// An explanation as text: the verdict, the identity, the rule with its position, and the reasons.

import type { Facts } from '../bundle/core.ts';
import type { Paint } from '../terminal/paint.ts';
import { position, type SourceRange } from '../diagnostics/diagnostic.ts';
import { maskSource } from '../terminal/secrets.ts';
import type { Explanation } from './explain.ts';
import type { Question } from '../conditions/holds.ts';
import type { Reason } from './reasons.ts';

export interface ExplanationOf {
  readonly question: Question;
  /** The other endpoint, as written. */
  readonly other: string;
  /** How the kernel treats that address, if it is special. */
  readonly note: string | undefined;
  readonly explanation: Explanation;
  /** The text of a file as it was compiled; undefined when it is not to be had. */
  readonly readSource: (file: string) => string | undefined;
}

const STYLES = { allow: 'green', audit: 'yellow', deny: 'red' } as const;

/** The lines of an explanation. */
export function renderExplanation(
  { question, other, note, explanation, readSource }: ExplanationOf,
  paint: Paint,
): readonly string[] {
  const { verdict, rule, identity, service, tls, presents, peerAllowed, name, reasons } = explanation;
  const arrow = question.direction === 'output' ? '→' : '←';
  const { localPort } = question.connection;
  const at = localPort === undefined ? '' : `, port ${localPort}`;
  const by = question.connection.protocol === 'udp' ? ' by UDP' : '';
  const dim = (source: SourceRange): string => paint('dim', position(source));
  const lines = [
    `${paint(STYLES[verdict], verdict.toUpperCase())}  ${describeProcess(question.facts)}${at} ${arrow} ${other}${by}`,
    '',
    `  identity  ${identity === undefined ? 'none' : `${identity.spiffeID}  ${dim(identity.source)}`}`,
  ];
  if (presents !== undefined) lines.push(`  presents  ${presents}`);
  if (name !== undefined) lines.push(`  name      ${name}`);
  if (service !== undefined) lines.push(`  service   ${service.name}  ${dim(service.source)}`);
  if (tls !== undefined) {
    const intercept = tls.intercept ? ["the application's own TLS is intercepted"] : [];
    lines.push(`  tls       ${[...(tls.mode === undefined ? [] : [tls.mode]), ...intercept].join(', and ')}`);
  }
  if (peerAllowed !== undefined)
    lines.push(
      `  peer      ${question.connection.peer ?? ''} ${peerAllowed ? 'is allowed' : 'is not allowed: the handshake fails'}`,
    );
  lines.push(`  rule ${String(rule.id).padEnd(4)} ${position(rule.source)}`);
  const text = lineOf(rule.source, readSource(rule.source.file));
  if (text !== undefined) lines.push(`            ${paint('dim', `${rule.source.start.line} |`)} ${text}`);
  lines.push(`  because   ${rule.because}`, `  effect    ${effect(explanation, question)}`);
  if (note !== undefined) lines.push(`  note      ${note}`);
  lines.push('', '  why');
  for (const reason of reasons) lines.push(...renderReason(reason, '    ', paint));
  return lines;
}

function effect({ verdict }: Explanation, { direction, connection }: Question): string {
  const call = direction === 'output' ? 'connect(2)' : 'the peer';
  if (connection.protocol === 'udp')
    return verdict === 'deny'
      ? 'connect(2) and each send to it fail with EACCES'
      : `datagrams to it are allowed${verdict === 'audit' ? ', and reported' : ''}`;
  switch (verdict) {
    case 'allow':
      return 'the connection is allowed';
    case 'audit':
      return 'the connection is allowed and reported';
    case 'deny':
      return direction === 'output'
        ? `${call} fails with EACCES`
        : `${call} gets a reset, and accept(2) goes on to the next connection`;
  }
}

function renderReason(reason: Reason, indent: string, paint: Paint): readonly string[] {
  const mark = reason.holds ? paint('green', '✓') : paint('red', '✗');
  const source = reason.source === undefined ? '' : `  ${paint('dim', position(reason.source))}`;
  const text = reason.decides === true ? `${paint('bold', reason.text)} (decides)` : reason.text;
  return [
    `${indent}${mark} ${text}${source}`,
    ...(reason.reasons ?? []).flatMap((part) => renderReason(part, `${indent}  `, paint)),
  ];
}

/** A process by what is known of it, in few words. */
export function describeProcess(facts: Facts): string {
  const program = facts['process:binary:path'] ?? facts['process:name'] ?? 'a process';
  const more = [
    ...(facts['process:uid'] === undefined ? [] : [`uid ${facts['process:uid']}`]),
    ...(facts['process:gid'] === undefined ? [] : [`gid ${facts['process:gid']}`]),
    ...(facts.labels ?? []),
  ];
  return more.length === 0 ? program : `${program} (${more.join(', ')})`;
}

function lineOf(range: SourceRange, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return maskSource(text).split(/\r?\n/)[range.start.line - 1]?.trimEnd();
}
