// SPDX-License-Identifier: Apache-2.0
// A run of tests for people and for programs.

import type { Paint } from '../terminal/paint.ts';
import { counted } from '../terminal/counted.ts';
import { diagnosticsToJson } from '../diagnostics/render.ts';
import { place } from '../explain/render.ts';
import type { Coverage, CoverageItem, TestRun } from './types.ts';

/** One line for each document, the failed tests under it, and what they amount to. */
export function renderRun({ suites }: TestRun, paint: Paint): readonly string[] {
  const lines: string[] = [];
  for (const { document, tests } of suites) {
    const failed = tests.filter(({ findings }) => findings.length > 0);
    const mark = failed.length === 0 ? paint('green', 'pass') : paint('red', 'FAIL');
    const count = `${tests.length - failed.length} of ${tests.length}`;
    lines.push(`${mark}  ${document.metadata.name}  ${paint('dim', `${count}, ${document.source.file}`)}`);
    for (const { name, source } of failed)
      lines.push(`      ${paint('red', '✗')} ${name}  ${paint('dim', place(source))}`);
  }
  return lines;
}

/** `12 tests: 11 passed, 1 failed`. */
export function summariseRun({ suites }: TestRun): string {
  const tests = suites.flatMap((suite) => suite.tests);
  const failed = tests.filter(({ findings }) => findings.length > 0).length;
  return `${counted(tests.length, 'test')}: ${tests.length - failed} passed, ${failed} failed`;
}

const KINDS = { rule: 'rules', destination: 'destinations', deny: 'refusals' } as const;

/** How much is covered of each kind, and what is not. */
export function renderCoverage({ items, percent }: Coverage, paint: Paint): readonly string[] {
  const lines = ['', `coverage  ${paint(percent === 100 ? 'green' : 'yellow', `${percent} %`)}`];
  for (const kind of ['rule', 'destination', 'deny'] as const) {
    const own = items.filter((item) => item.kind === kind);
    const covered = own.filter(({ tests }) => tests > 0).length;
    lines.push(`  ${KINDS[kind].padEnd(13)} ${covered} of ${own.length}`);
    for (const item of own) if (item.tests === 0) lines.push(`    ${uncovered(item, paint)}`);
  }
  return lines;
}

function uncovered({ name, source }: CoverageItem, paint: Paint): string {
  return `${paint('yellow', 'not asked')}  ${name}  ${paint('dim', place(source))}`;
}

/** What `test --json` prints. */
export function runToJson({ suites, coverage }: TestRun): object {
  return {
    passed: suites.every(({ tests }) => tests.every(({ findings }) => findings.length === 0)),
    suites: suites.map(({ document, tests }) => ({
      name: document.metadata.name,
      file: document.source.file,
      tests: tests.map(({ name, source, explanation, findings }) => ({
        name,
        source: place(source),
        passed: findings.length === 0,
        ...(explanation === undefined ? {} : { verdict: explanation.verdict, rule: explanation.rule.id }),
        ...(findings.length === 0 ? {} : { findings: diagnosticsToJson(findings).diagnostics }),
      })),
    })),
    coverage: {
      percent: coverage.percent,
      covered: coverage.covered,
      items: coverage.items.map((item) => ({ ...item, source: place(item.source) })),
    },
  };
}
