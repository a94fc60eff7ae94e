// SPDX-License-Identifier: Apache-2.0
// JUnit's XML, as build servers read it: a suite for each file, a case for each finding. An error fails its case; a warning is said
// in the output of one that passes. Without a finding there is one case that passes, since an empty report looks like a broken one.

import { type Finding, type Findings, fullText } from './finding.ts';
import { escapeXml } from './xml.ts';

/** An XML document. */
export function formatJunit({ findings }: Findings): string {
  const files = Map.groupBy(findings, ({ file }) => file);
  const suites =
    files.size === 0
      ? [
          '  <testsuite name="policy" tests="1" failures="0">',
          '    <testcase name="no findings" classname="policy"/>',
          '  </testsuite>',
        ]
      : [...files].flatMap(([file, its]) => [
          `  <testsuite name="${escapeXml(file)}" tests="${its.length}" failures="${countErrors(its)}">`,
          ...its.flatMap(testCase),
          '  </testsuite>',
        ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="riptides" tests="${Math.max(1, findings.length)}" failures="${countErrors(findings)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ diagnostic, file }: Finding): readonly string[] {
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

function countErrors(findings: readonly Finding[]): number {
  return findings.filter(({ diagnostic }) => diagnostic.severity === 'error').length;
}
