// SPDX-License-Identifier: Apache-2.0
// JUnit XML, as CI servers read it: a suite for each file, a case for each diagnostic. An error fails its case; a warning is the output of
// a case that passes. Without diagnostics there is one case that passes, since an empty report looks like a broken one.

import { type Described, type DescribedDiagnostics, fullText } from './described.ts';
import { escapeXml } from './xml.ts';

/** An XML document. */
export function formatJunit({ diagnostics }: DescribedDiagnostics): string {
  const files = Map.groupBy(diagnostics, ({ file }) => file);
  const suites =
    files.size === 0
      ? [
          '  <testsuite name="policy" tests="1" failures="0">',
          '    <testcase name="no diagnostics" classname="policy"/>',
          '  </testsuite>',
        ]
      : [...files].flatMap(([file, its]) => [
          `  <testsuite name="${escapeXml(file)}" tests="${its.length}" failures="${countErrors(its)}">`,
          ...its.flatMap(testCase),
          '  </testsuite>',
        ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="riptides" tests="${Math.max(1, diagnostics.length)}" failures="${countErrors(diagnostics)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ diagnostic, file }: Described): readonly string[] {
  const { code, severity, message, range } = diagnostic;
  const { line, column } = range.start;
  const name = `${code} ${line}:${column} ${message}`;
  const text = escapeXml(`${file}:${line}:${column}\n${fullText(diagnostic)}`);
  const body =
    severity === 'error'
      ? `<failure type="${code}" message="${escapeXml(message)}">${text}</failure>`
      : `<system-out>${text}</system-out>`;
  return [
    `    <testcase name="${escapeXml(name)}" classname="${escapeXml(file)}" file="${escapeXml(file)}" line="${line}">`,
    `      ${body}`,
    '    </testcase>',
  ];
}

function countErrors(diagnostics: readonly Described[]): number {
  return diagnostics.filter(({ diagnostic }) => diagnostic.severity === 'error').length;
}
