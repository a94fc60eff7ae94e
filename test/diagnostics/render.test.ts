// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { describeDiagnostics, FORMATS } from '../../src/diagnostics/formats.ts';
import {
  diagnosticsToJson,
  formatPath,
  MOST_SHOWN,
  shownDiagnostics,
  summarise,
} from '../../src/diagnostics/render.ts';
import { visible } from '../../src/terminal/visible.ts';
import { shownText } from '../printed.ts';

function finding(line: number, from: number, to: number, more: Partial<Diagnostic> = {}): Diagnostic {
  return {
    code: 'RTP1105',
    severity: 'error',
    range: { file: 'a.yaml', start: { line, column: from }, end: { line, column: to } },
    message: 'there is no field "x" here',
    fix: 'remove it',
    ...more,
  };
}

function render(text: string, ...diagnostics: readonly Diagnostic[]): readonly string[] {
  return shownText(diagnostics, { readSource: () => text }).split('\n');
}

describe('renderDiagnostics', () => {
  test('shows what, where, why, the remedy, the suggestion and related places', () => {
    const text = 'kind: Service\nspec:\n  x: 1\n';
    const diagnostic = finding(3, 3, 4, {
      path: ['spec', 'x'],
      why: 'it would do nothing',
      suggestion: 'y',
      related: [{ range: finding(1, 1, 5).range, message: 'the kind is here' }],
    });
    expect(render(text, diagnostic)).toEqual([
      'a.yaml:3:3: error RTP1105: there is no field "x" here  (spec.x)',
      '  3 |   x: 1',
      '    |   ^',
      '  why: it would do nothing',
      '  fix: remove it',
      '  did you mean: y',
      '  a.yaml:1:1: the kind is here',
      '  1 | kind: Service',
      '    | ^^^^',
      '',
      '1 error',
      '',
    ]);
  });

  test('shows no line of a file that is too large to be searched for secrets', () => {
    const large = (letters: number): string => `name: x\n${'# abc\n'.repeat(letters / 6)}`;
    expect(render(large(6000), finding(1, 1, 5))).toContain('  1 | name: x');
    expect(render(large(6 * 2 ** 20), finding(1, 1, 5))).toEqual([
      'a.yaml:1:1: error RTP1105: there is no field "x" here',
      '  fix: remove it',
      '',
      '1 error',
      '',
    ]);
  });

  test('puts the carets under the right letters after tabs, wide letters and invisible ones', () => {
    expect(render('\tname: x', finding(1, 8, 9)).slice(1, 3)).toEqual(['  1 | \tname: x', '    | \t      ^']);
    expect(render('名前: x', finding(1, 5, 6)).slice(1, 3)).toEqual(['  1 | 名前: x', '    |       ^']);
    expect(render('a\u202eb: x', finding(1, 3, 4)).slice(1, 3)).toEqual([
      '  1 | a\\u{202e}b: x',
      '    |          ^',
    ]);
  });

  test('marks the rest of the line when a range goes over several, and one place when it is empty', () => {
    const long = finding(1, 1, 1, {
      range: { file: 'a.yaml', start: { line: 1, column: 4 }, end: { line: 9, column: 1 } },
    });
    expect(render('a: [1,  ', long)[2]).toBe('    |    ^^^');
    expect(render('a:', finding(1, 3, 3))[2]).toBe('    |   ^');
  });

  test('leaves the source out when it cannot be had, and when the line is not there', () => {
    const options = { readSource: () => undefined };
    expect(shownText([finding(1, 1, 2)], options).split('\n')[1]).toBe('  fix: remove it');
    expect(render('one line', finding(7, 1, 2))[1]).toBe('  fix: remove it');
  });

  test('shows a part of a very long line', () => {
    const out = render('x'.repeat(1_000_000), finding(1, 500_000, 500_003));
    expect(Math.max(...out.map((line) => line.length))).toBeLessThan(300);
    expect(out[2]?.trimEnd().endsWith('^^^')).toBe(true);
  });

  test('uses colour only when asked, and then says the same', () => {
    const diagnostic = finding(1, 1, 2);
    const coloured = shownText([diagnostic], { colour: true, readSource: () => 'x: 1' });
    expect(coloured).toContain('\u001b[31m');
    // eslint-disable-next-line no-control-regex -- the codes that are looked for are control characters
    expect(coloured.replaceAll(/\u001b\[[0-9]+m/g, '')).toBe(render('x: 1', diagnostic).join('\n'));
  });

  test('lets nothing of a policy act on the terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const out = shownText([finding(1, 1, 3, { message: text, fix: text, suggestion: text })], {
          readSource: () => text,
        });
        expect(out).not.toMatch(/(?![\t\n])[\p{Cc}\p{Cf}]/u);
      }),
    );
    expect(visible('\u001b[31mred\u202e')).toBe('\\u{1b}[31mred\\u{202e}');
  });
});

test('shownDiagnostics orders by file, line, column and code, whatever the order given', () => {
  const all = [
    finding(2, 1, 2),
    finding(1, 9, 10),
    finding(1, 2, 3, { code: 'RTP1106' }),
    finding(1, 2, 3),
    finding(1, 1, 2, { range: { ...finding(5, 5, 5).range, file: 'B.yaml' } }),
  ];
  const sorted = shownDiagnostics(all).map(
    (d) => `${d.range.file}:${d.range.start.line}:${d.range.start.column} ${d.code}`,
  );
  expect(sorted).toEqual([
    'B.yaml:5:5 RTP1105',
    'a.yaml:1:2 RTP1105',
    'a.yaml:1:2 RTP1106',
    'a.yaml:1:9 RTP1105',
    'a.yaml:2:1 RTP1105',
  ]);
  expect(shownDiagnostics(all.toReversed())).toEqual(shownDiagnostics(all));
});

describe('of more findings than are shown', () => {
  const warnings = Array.from({ length: MOST_SHOWN }, (_, i) =>
    finding(i + 1, 1, 2, { severity: 'warning' }),
  );
  const errors = Array.from({ length: MOST_SHOWN }, (_, i) => finding(i + 7, 1, 2));

  test('all are shown that may be', () => {
    expect(shownDiagnostics(errors)).toEqual(errors);
  });

  test('errors come before warnings, and the last says how many are left', () => {
    const shown = shownDiagnostics([...warnings, finding(MOST_SHOWN * 2, 1, 2)]);
    expect(shown).toHaveLength(MOST_SHOWN + 1);
    expect(shown.at(-2)).toEqual(finding(MOST_SHOWN * 2, 1, 2));
    expect(shown.at(-1)).toMatchObject({
      code: 'RTP1901',
      severity: 'warning',
      range: { start: { line: MOST_SHOWN } },
      message: '1 more diagnostic is not shown, the first of them here',
    });
    expect(shownDiagnostics([...errors, ...warnings]).slice(0, -1)).toEqual(errors);
  });

  test('an error that is not shown is told by an error', () => {
    expect(shownDiagnostics([...errors, ...errors, ...warnings]).at(-1)).toMatchObject({
      severity: 'error',
      message: `${2 * MOST_SHOWN} more diagnostics are not shown, the first of them here`,
    });
  });

  test('all are counted', () => {
    expect(render('', ...errors, ...warnings).at(-2)).toBe(`${MOST_SHOWN} errors, ${MOST_SHOWN} warnings`);
    expect(diagnosticsToJson([...errors, ...errors]).summary).toEqual({
      errors: 2 * MOST_SHOWN,
      warnings: 0,
    });
  });
});

test('summarise counts errors and warnings', () => {
  const warning = finding(1, 1, 1, { severity: 'warning' });
  expect(summarise([])).toBe('no diagnostics');
  expect(summarise([warning])).toBe('1 warning');
  expect(summarise([finding(1, 1, 1), warning, finding(1, 1, 1)])).toBe('2 errors, 1 warning');
});

test('diagnosticsToJson is versioned, sorted, and valid only without errors', () => {
  const warning = finding(1, 1, 1, { severity: 'warning' });
  expect(diagnosticsToJson([warning])).toEqual({
    schemaVersion: 1,
    valid: true,
    summary: { errors: 0, warnings: 1 },
    diagnostics: [warning],
  });
  expect(diagnosticsToJson([finding(1, 1, 1)]).valid).toBe(false);
});

test('formatPath writes paths as people do', () => {
  expect(formatPath(['spec', 'egress', 0, 'selectors', 1, 'process:uid'])).toBe(
    'spec.egress[0].selectors[1]["process:uid"]',
  );
  expect(formatPath([0, 'a'])).toBe('[0].a');
});

test('what looks like a secret is shown in no part of a finding', () => {
  const token = `ghp_${'a1B2'.repeat(9)}`;
  const parts: readonly Partial<Diagnostic>[] = [
    { path: ['spec', token, 0] },
    { message: `no ${token}` },
    { why: `for ${token}` },
    { fix: `define &${token}` },
    { suggestion: token },
    { related: [{ range: finding(1, 1, 1).range, message: `see ${token}` }] },
  ];
  for (const part of parts) {
    const diagnostic = finding(1, 1, 1, part);
    expect(render('', diagnostic).join('\n')).not.toContain(token);
    expect(JSON.stringify(diagnosticsToJson([diagnostic]))).not.toContain(token);
    for (const format of Object.values(FORMATS))
      expect(format(describeDiagnostics([diagnostic], { version: '1.0.0', cwd: '/' }))).not.toContain(token);
  }
});
