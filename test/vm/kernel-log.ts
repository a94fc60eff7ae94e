// SPDX-License-Identifier: Apache-2.0
//
// The guest's console as the kernel log, and what in it means that the kernel found something wrong.

/** Anything that matches is a finding. Each kernel that runs here prints these only when an assertion or a checker fired. */
const BAD: readonly RegExp[] = [
  /\bWARNING: /,
  /\bBUG\b/, // "BUG: …", "kernel BUG at …", "BUG <slab> (Tainted…)"
  /\bOops\b/,
  /Kernel panic/,
  /general protection fault/,
  /double fault/,
  /unable to handle/i,
  /\b(KASAN|UBSAN|KCSAN|KFENCE|ODEBUG): /,
  /possible (circular|recursive) locking/,
  /possible .*(deadlock|lock inversion|lock ordering)/,
  /inconsistent lock state/,
  /bad unlock balance|held lock freed|lock held when returning to user space|lock(s)? still held/,
  /suspicious RCU usage/,
  /sleeping function called from invalid context/,
  /scheduling while atomic/,
  /refcount_t: /,
  /ref_tracker: /,
  /unregister_netdevice: waiting for/,
  /(list_add|list_del) corruption/,
  /detected buffer overflow|memory (exposure|overwrite) attempt detected/,
  /stack(-protector| guard page was hit)/,
  /\brcu: .*(stall|starved)/,
  /\bINFO: (rcu_|task .* blocked for more than)/,
  /(soft|hard) lockup/i,
  /workqueue lockup/,
  /kmemleak: \d+ new suspected memory leaks/,
  /Call Trace:/,
  /riptides-vm: (boot failed|the agent ended)/,
];

/** Reports that every boot of a kernel makes and that are nobody's fault; each is to say why. The kernels of today make none. */
const BENIGN: readonly RegExp[] = [];

/** A finding's text begins and ends where the kernel says so, if it does within this many lines. */
const LINES_BEFORE = 8;
const LINES_AFTER = 90;

/** What the kernel found wrong, with the lines that tell it. */
export interface Finding {
  readonly headline: string;
  readonly text: string;
}

/** Thrown when the guest's kernel reported something that no test may pass over. */
export class KernelFinding extends Error {
  override readonly name = 'KernelFinding';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const first = findings[0];
    const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
    super(
      `the guest's kernel reported: ${first?.headline ?? 'nothing'}${more}\n\n${findings.map(({ text }) => text).join('\n\n')}`,
    );
    this.findings = findings;
  }
}

/** Finds what is wrong in a log. Lines that follow a finding and belong to it are part of its text, not findings of their own. */
export function findProblems(lines: readonly string[], ignore: readonly RegExp[] = []): Finding[] {
  const benign = [...BENIGN, ...ignore];
  const findings: Finding[] = [];
  for (let start = 0; start < lines.length; start += 1) {
    const headline = messageOf(lines[start] ?? '');
    if (!BAD.some((bad) => bad.test(headline))) continue;
    const end = endOfReport(lines, start);
    const text = lines.slice(beginOfReport(lines, start), end).join('\n');
    // A whole report may be named by any of its lines: stack traces say who did it.
    if (!benign.some((pattern) => pattern.test(text))) findings.push({ headline, text });
    start = end - 1;
  }
  return findings;
}

/** The message behind printk's time stamp. A line without one is not from the kernel, but a crash may cut lines: so it is kept whole. */
function messageOf(line: string): string {
  return line.replace(/^(<\d+>)?\[\s*\d+\.\d+\](\[[TC]\s*\d+\])? ?/, '');
}

/** A warning's own words stand above its headline. */
function beginOfReport(lines: readonly string[], start: number): number {
  for (let index = start - 1; index >= Math.max(0, start - LINES_BEFORE); index -= 1) {
    if (/-\[ cut here \]-|={20,}$/.test(lines[index] ?? '')) return index;
  }
  return start;
}

function endOfReport(lines: readonly string[], start: number): number {
  const limit = Math.min(lines.length, start + LINES_AFTER);
  // A stack trace alone ends with its task; what follows is something else.
  if (messageOf(lines[start] ?? '').startsWith('Call Trace:')) {
    const end = lines.slice(start, limit).findIndex((line) => line.includes('</TASK>'));
    if (end >= 0) return start + end + 1;
  }
  for (let index = start + 1; index < limit; index += 1) {
    const line = lines[index] ?? '';
    if (/---\[ end (trace|Kernel panic)|riptides-vm: mark /.test(line)) return index + 1;
    if (index > start + 1 && /={20,}$/.test(line)) return index + 1;
  }
  return limit;
}

/** Collects the console as it comes, in lines. */
export class KernelLog {
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  readonly #ignore: readonly RegExp[];
  #rest = '';
  #checked = 0;

  constructor(ignore: readonly RegExp[] = []) {
    this.#ignore = ignore;
  }

  append(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const text = line.replaceAll('\r', '');
      this.#lines.push(text);
      for (const listener of this.#listeners) listener(text);
    }
  }

  /** Calls the listener for each line from now on; returns what stops that. */
  onLine(listener: (line: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  text(): string {
    return [...this.#lines, this.#rest].join('\n');
  }

  tail(count: number): string {
    return [...this.#lines, this.#rest].slice(-count).join('\n').trimEnd();
  }

  /** The findings that were not taken yet. */
  findings(): Finding[] {
    return findProblems(this.#lines.slice(this.#checked), this.#ignore);
  }

  /** The same, and they count as dealt with. */
  takeFindings(): Finding[] {
    const findings = this.findings();
    this.#checked = this.#lines.length;
    return findings;
  }
}
