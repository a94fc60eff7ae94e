// SPDX-License-Identifier: Apache-2.0
// A run of tests as JUnit's XML: a suite for each document, a case for each test, passed ones too.

import { fullText } from '../diagnostics/formats/described.ts';
import { escapeXml } from '../diagnostics/formats/xml.ts';
import type { SuiteResult, TestResult, TestRun } from './types.ts';

/** An XML document. */
export function formatTestsAsJunit({ suites }: TestRun): string {
  const tests = suites.flatMap((suite) => suite.tests);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="riptides" tests="${tests.length}" failures="${countFailed(tests)}">`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines({ document, tests }: SuiteResult): readonly string[] {
  const name = escapeXml(document.metadata.name);
  const file = escapeXml(document.source.file);
  return [
    `  <testsuite name="${name}" file="${file}" tests="${tests.length}" failures="${countFailed(tests)}">`,
    ...tests.flatMap((test) => caseLines(test, name, file)),
    '  </testsuite>',
  ];
}

function caseLines(
  { name, source, diagnostics }: TestResult,
  suite: string,
  file: string,
): readonly string[] {
  const open = `    <testcase name="${escapeXml(name)}" classname="${suite}" file="${file}" line="${source.start.line}"`;
  if (diagnostics.length === 0) return [`${open}/>`];
  return [
    `${open}>`,
    ...diagnostics.map((diagnostic) => {
      const message = escapeXml(diagnostic.message);
      return `      <failure type="${diagnostic.code}" message="${message}">${escapeXml(fullText(diagnostic))}</failure>`;
    }),
    '    </testcase>',
  ];
}

function countFailed(tests: readonly TestResult[]): number {
  return tests.filter(({ diagnostics }) => diagnostics.length > 0).length;
}
