// SPDX-License-Identifier: Apache-2.0
// Findings for other programs: each format read back by what reads it elsewhere, for every broken policy of the corpus.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import formats from 'ajv-formats';
import Ajv from 'ajv-draft-04';

import { compilePolicy } from '../../src/compiler/compile.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { describeDiagnostics, FORMATS } from '../../src/diagnostics/formats.ts';

const ROOT = join(import.meta.dirname, '../..');
const CORPUS = join(ROOT, 'test/corpus');
const SARIF = createRequire(import.meta.url)('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');

const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const validSarif = ajv.compile(SARIF);

const render = (diagnostics: readonly Diagnostic[], format: keyof typeof FORMATS, cwd = ROOT): string =>
  FORMATS[format](describeDiagnostics(diagnostics, { version: '1.2.3', cwd }));

/** A finding about a text that no format may take for its own syntax. */
const HOSTILE: Diagnostic = {
  code: 'RTP1105',
  severity: 'error',
  range: { file: 'po:li,cy/a b%.yaml', start: { line: 3, column: 5 }, end: { line: 3, column: 9 } },
  path: ['spec', 'a.b', 0],
  message: '<!-- & "]]> ::error::\u0007\ud800 100%',
  why: 'first\nsecond',
  fix: 'none',
  related: [
    {
      range: { file: 'other.yaml', start: { line: 1, column: 1 }, end: { line: 2, column: 1 } },
      message: 'the first one',
    },
  ],
};

let found: Map<string, readonly Diagnostic[]>;
beforeAll(async () => {
  found = new Map();
  for (const name of readdirSync(CORPUS))
    found.set(name, (await compilePolicy([join('test/corpus', name)], { scopes: 'ignore' })).diagnostics);
  found.set('hostile', [HOSTILE, { ...HOSTILE, severity: 'warning' }, HOSTILE]);
});

const scratch = mkdtempSync(join(tmpdir(), 'riptides-formats-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Report {
  readonly cases: number;
  readonly failures: readonly string[];
  readonly names: readonly string[];
}

/** Parses XML documents with a parser that knows nothing of us. */
function parseXml(documents: readonly string[]): readonly Report[] {
  const script = `
import sys, json, xml.etree.ElementTree as tree
def report(text):
  root = tree.fromstring(text.encode())
  cases = root.findall('.//testcase')
  failures = [f.text for f in root.findall('.//failure')]
  assert int(root.get('tests')) == sum(int(s.get('tests')) for s in root) == len(cases)
  assert int(root.get('failures')) == sum(int(s.get('failures')) for s in root) == len(failures)
  return {'cases': len(cases), 'names': [c.get('name') for c in cases], 'failures': failures}
print(json.dumps([report(text) for text in json.load(sys.stdin)]))`;
  const input = JSON.stringify(documents);
  return JSON.parse(execFileSync('python3', ['-c', script], { input, encoding: 'utf8' }));
}

describe('SARIF', () => {
  test('is valid for every finding of the corpus, and tells place, rule and text of each', () => {
    for (const diagnostics of found.values()) {
      const log = JSON.parse(render(diagnostics, 'sarif'));
      expect(validSarif(log) ? [] : validSarif.errors).toEqual([]);
      const [{ results, tool }] = log.runs;
      expect(results).toHaveLength(diagnostics.length);
      for (const result of results) expect(tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
    }
  });

  test('the schema notices what is wrong', () => {
    const log = JSON.parse(render([HOSTILE], 'sarif'));
    log.runs[0].results[0].level = 'fatal';
    expect(validSarif(log)).toBe(false);
  });

  test('names files by URI from the top of the repository, and counts as the specification does', () => {
    const [result] = JSON.parse(render([HOSTILE], 'sarif')).runs[0].results;
    expect(result.locations[0]).toEqual({
      physicalLocation: {
        artifactLocation: { uri: 'po%3Ali%2Ccy/a%20b%25.yaml', uriBaseId: '%SRCROOT%' },
        region: { startLine: 3, startColumn: 5, endLine: 3, endColumn: 9 },
      },
      logicalLocations: [{ fullyQualifiedName: 'spec["a.b"][0]' }],
    });
    expect(result.relatedLocations[0]).toMatchObject({ id: 0, message: { text: 'the first one' } });
  });
});

describe('JUnit', () => {
  test('is XML with a case for each finding, and a failure for each error', () => {
    const policies = [...found.values()];
    const reports = parseXml(policies.map((diagnostics) => render(diagnostics, 'junit')));
    for (const [index, diagnostics] of policies.entries()) {
      expect(reports[index]?.cases).toBe(Math.max(1, diagnostics.length));
      expect(reports[index]?.failures).toHaveLength(diagnostics.filter((d) => d.severity === 'error').length);
    }
  });

  test('keeps the text, with what XML cannot hold made visible', () => {
    const [report] = parseXml([render([HOSTILE], 'junit')]);
    expect(report?.names[0]).toContain('RTP1105 3:5 <!-- & "]]> ::error::\\u{7}\\u{d800} 100%');
    expect(report?.failures[0]).toContain('Why: first\nsecond\nFix: none');
  });

  test('of a policy without findings is one case that passes', () => {
    expect(parseXml([render([], 'junit')])).toMatchObject([{ cases: 1, failures: [] }]);
  });
});

describe('GitHub', () => {
  test('is one command a line, whatever a policy says', () => {
    for (const diagnostics of found.values()) {
      const lines = render(diagnostics, 'github').split('\n').slice(0, -1);
      expect(lines).toHaveLength(diagnostics.length);
      for (const line of lines)
        expect(line).toMatch(/^::(error|warning) file=[^:]+,title=RTP\d{4}::[^\r\n]+$/);
    }
    expect(render([HOSTILE], 'github')).toMatch(
      /^::error file=po%3Ali%2Ccy\/a b%25\.yaml,line=3,endLine=3,col=5,endColumn=8,title=RTP1105::<!-- & "]]> ::error::\\u\{7\}/,
    );
  });
});

describe('GitLab', () => {
  test('is a list with all that a code quality report needs, each fingerprint once', () => {
    for (const diagnostics of found.values()) {
      const issues = JSON.parse(render(diagnostics, 'gitlab'));
      expect(issues).toHaveLength(diagnostics.length);
      for (const issue of issues)
        expect(issue).toEqual({
          description: expect.any(String),
          check_name: expect.stringMatching(/^RTP\d{4}$/),
          fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
          severity: expect.stringMatching(/^(major|minor)$/),
          location: {
            path: expect.any(String),
            lines: { begin: expect.any(Number), end: expect.any(Number) },
          },
        });
      expect(new Set(issues.map((i: { fingerprint: string }) => i.fingerprint)).size).toBe(issues.length);
    }
  });
});

describe('a finding', () => {
  const print = (d: Diagnostic, cwd = ROOT) =>
    describeDiagnostics([d], { version: '1', cwd }).diagnostics.map(({ file, fingerprint }) => ({
      file,
      fingerprint,
    }));

  test('keeps its fingerprint when its lines move, and not when it says something else', () => {
    const moved = {
      ...HOSTILE,
      range: { ...HOSTILE.range, start: { line: 9, column: 1 }, end: { line: 9, column: 4 } },
    };
    expect(print(moved)).toEqual(print(HOSTILE));
    expect(print({ ...HOSTILE, message: 'other' })).not.toEqual(print(HOSTILE));
  });

  test('has its path from the top of the repository, wherever riptides runs; else from there, or from the root', () => {
    const repository = join(scratch, 'repository');
    const deep = join(repository, 'a/b');
    mkdirSync(deep, { recursive: true });
    const at = (file: string, cwd: string) =>
      print({ ...HOSTILE, range: { ...HOSTILE.range, file } }, cwd)[0]?.file;
    expect(at('x.yaml', deep)).toBe('x.yaml');
    expect(at('../../../x.yaml', deep)).toBe(join(scratch, 'x.yaml'));
    mkdirSync(join(repository, '.git'));
    expect(at('x.yaml', deep)).toBe('a/b/x.yaml');
    expect(at(join(deep, 'x.yaml'), '/')).toBe('a/b/x.yaml');
  });
});
