// SPDX-License-Identifier: Apache-2.0
// A run of tests for people and for programs.

import type { Paint } from '../terminal/paint.ts';
import { counted } from '../terminal/counted.ts';
import { diagnosticsToJson } from '../diagnostics/render.ts';
import { position } from '../diagnostics/diagnostic.ts';
import type { Coverage, CoverageItem, TestRun } from './types.ts';

/** One line for each document, the failed tests under it, and what they amount to. */
export function renderRun({ suites }: TestRun, paint: Paint): readonly string[] {
  const lines: string[] = [];
  for (const { document, tests } of suites) {
    const failed = tests.filter(({ diagnostics }) => diagnostics.length > 0);
    const mark = failed.length === 0 ? paint('green', 'pass') : paint('red', 'FAIL');
    const count = `${tests.length - failed.length} of ${tests.length}`;
    lines.push(`${mark}  ${document.metadata.name}  ${paint('dim', `${count}, ${document.source.file}`)}`);
    for (const { name, source } of failed)
      lines.push(`      ${paint('red', '✗')} ${name}  ${paint('dim', position(source))}`);
  }
  return lines;
}

/** `12 tests: 11 passed, 1 failed, 90 % covered`. Of a part of the tests, coverage says nothing. */
export function summariseRun({ suites, skipped, coverage }: TestRun): string {
  const tests = suites.flatMap((suite) => suite.tests);
  const failed = tests.filter(({ diagnostics }) => diagnostics.length > 0).length;
  const rest = skipped > 0 ? `${skipped} not run` : `${coverage.percent} % covered`;
  return `${counted(tests.length, 'test')}: ${tests.length - failed} passed, ${failed} failed, ${rest}`;
}

const KINDS = { rule: 'rules', destination: 'destinations', address: 'addresses', deny: 'denials' } as const;

/** How much is covered of each kind, and what is not. */
export function renderCoverage({ items, percent }: Coverage, paint: Paint): readonly string[] {
  const lines = ['', `coverage  ${paint(percent === 100 ? 'green' : 'yellow', `${percent} %`)}`];
  for (const kind of ['rule', 'destination', 'address', 'deny'] as const) {
    const own = items.filter((item) => item.kind === kind);
    if (own.length === 0) continue;
    const covered = own.filter(({ tests }) => tests > 0).length;
    lines.push(`  ${KINDS[kind].padEnd(13)} ${covered} of ${own.length}`);
    for (const item of own) if (item.tests === 0) lines.push(`    ${uncovered(item, paint)}`);
  }
  return lines;
}

function uncovered({ name, source }: CoverageItem, paint: Paint): string {
  return `${paint('yellow', 'not tested')}  ${name}  ${paint('dim', position(source))}`;
}

/** What `test --json` prints. */
export function runToJson({ suites, coverage }: TestRun): object {
  return {
    passed: suites.every(({ tests }) => tests.every(({ diagnostics }) => diagnostics.length === 0)),
    suites: suites.map(({ document, tests }) => ({
      name: document.metadata.name,
      file: document.source.file,
      tests: tests.map(({ name, source, explanation, diagnostics }) => ({
        name,
        source: position(source),
        passed: diagnostics.length === 0,
        ...(explanation === undefined ? {} : { verdict: explanation.verdict, rule: explanation.rule.id }),
        ...(diagnostics.length > 0 && { diagnostics: diagnosticsToJson(diagnostics).diagnostics }),
      })),
    })),
    coverage: {
      percent: coverage.percent,
      covered: coverage.covered,
      items: coverage.items.map((item) => ({ ...item, source: position(item.source) })),
    },
  };
}
