// SPDX-License-Identifier: Apache-2.0

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyExample, riptides, ROOT } from './riptides.ts';

const COMMANDS = readdirSync(join(ROOT, 'src/commands'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.replace(/\.ts$/, '').split('/'));

const temporary: string[] = [];
function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'riptides-commands-'));
  temporary.push(directory);
  return directory;
}
afterAll(() => {
  for (const directory of temporary) rmSync(directory, { recursive: true, force: true });
});

describe('every command', () => {
  test.each(COMMANDS.map((words) => [words.join(' '), words] as const))(
    '%s has help that starts with examples, and --json',
    (_name, words) => {
      const { code, stdout } = riptides([...words, '--help']);
      expect(code).toBe(0);
      expect(stdout.indexOf('EXAMPLES')).toBeGreaterThan(0);
      expect(stdout.indexOf('EXAMPLES')).toBeLessThan(stdout.indexOf('USAGE'));
      expect(stdout).toContain('--json');
    },
  );
});

describe('a policy, from its start to its history', () => {
  let directory: string;
  const embedded = ['--target', 'embedded'];
  beforeAll(() => {
    directory = copyExample('shop');
    temporary.push(directory);
    const git = (...args: string[]) => execFileSync('git', args, { cwd: directory });
    git('init', '-q', '-b', 'main');
    git('add', '-A');
    git('-c', 'user.name=a', '-c', 'user.email=a@b.example', 'commit', '-qm', 'policy');
  });
  const run = (...args: string[]) => riptides(args, { cwd: directory });
  const json = (...args: string[]) => JSON.parse(run(...args, '--json').stdout);

  test('validate finds nothing to say', () => {
    expect(run('validate')).toMatchObject({ code: 0, stderr: '' });
    expect(json('validate')).toMatchObject({ schemaVersion: 1, valid: true, diagnostics: [] });
  });

  test('test prints its run as JSON', () => {
    expect(json('test')).toMatchObject({ schemaVersion: 1, passed: true, coverage: { percent: 0 } });
  });

  test('validate reports in the format of another program, to it or to a file', () => {
    const broken = 'test/corpus/shape-unknown-field';
    const printed = riptides(['validate', broken, '--format', 'github']);
    expect(printed).toMatchObject({ code: 3, stderr: '' });
    expect(printed.stdout).toMatch(/^::error file=test\/corpus\/shape-unknown-field\//);

    const file = join(scratch(), 'riptides.sarif');
    const written = riptides(['validate', broken, '--format', 'sarif', '-o', file]);
    expect(written).toMatchObject({ code: 3, stdout: '' });
    expect(written.stderr).toContain('error RTP1105');
    expect(JSON.parse(readFileSync(file, 'utf8')).runs[0].results[0].ruleId).toBe('RTP1105');
    expect(riptides(['validate', broken, '--format', 'sarif', '-o', '/dev/null/x'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('/dev/null/x cannot be written'),
    });
    expect(riptides(['validate', broken, '--format', 'yaml']).code).toBe(2);
    expect(riptides(['validate', broken, '-o', file]).code).toBe(2);
  });

  test('schema prints what editors check a policy by', () => {
    expect(JSON.parse(riptides(['schema']).stdout)).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
    });
    expect(JSON.parse(riptides(['schema', 'Service', '--json']).stdout)).toMatchObject({
      schemaVersion: 1,
      schema: { title: 'Service' },
    });
    const file = join(scratch(), 'schema.json');
    expect(riptides(['schema', '-o', file]).stdout).toContain(`# yaml-language-server: $schema=${file}`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(riptides(['schema']).stdout));
    expect(riptides(['schema', 'Servce'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean Service?'),
    });
  });

  test('compile writes a bundle that inspect reads back with its lines', () => {
    const out = join(scratch(), 'policy.rtb');
    const compiled = json('compile', '-o', out);
    const inspected = JSON.parse(riptides(['inspect', out, '--json']).stdout);
    expect(inspected.digest).toBe(compiled.digest);
    expect(inspected.rules[0]).toMatchObject({
      kind: 'egressPosture',
      action: 'deny',
      source: 'riptides.yaml:13:13',
    });
    expect(inspected.identities.map((i: { workloadID: string }) => i.workloadID)).toEqual([
      'shop/api',
      'shop/operator',
      'shop/web',
    ]);
    expect(riptides(['inspect', out]).stdout).toContain('10.20.7.0/24 ports 8000-8099');
  });

  test('a bundle with one bit changed is refused by inspect', () => {
    const out = join(scratch(), 'policy.rtb');
    run('compile', '-o', out);
    const bytes = readFileSync(out);
    bytes[9] = (bytes[9] ?? 0) ^ 1;
    writeFileSync(out, bytes);
    const { code, stderr } = riptides(['inspect', out]);
    expect(code).toBe(6);
    expect(stderr).toContain('RTE1102');
  });

  test('explain names the line that refuses and the line that grants', () => {
    const refused = json('explain', '--path', '/usr/bin/curl', '--uid', '1001', '--to', '10.20.0.20:8080');
    expect(refused).toMatchObject({ verdict: 'deny', errno: 'EACCES', rule: { id: 0 } });
    expect(refused.rule.source).toMatchObject({ file: 'riptides.yaml', start: { line: 13 } });
    const web = ['--path', '/opt/shop/bin/web', '--uid', '1001'];
    expect(json('explain', ...web, '--to', '[fd00:20::20]:8080')).toMatchObject({
      verdict: 'allow',
      identity: { spiffeID: 'spiffe://shop.example/shop/web' },
      service: { name: 'api' },
      rule: { source: { file: 'identities/web.yaml', start: { line: 13 } } },
    });
    expect(
      json('explain', '--path', '/opt/shop/bin/api', '--uid', '1002', '--to', '10.20.7.9:8042').verdict,
    ).toBe('audit');
  });

  test('explain reads the facts of a process that runs', () => {
    const { facts } = json('explain', '--pid', String(process.pid), '--to', '10.0.0.1:1');
    expect(facts).toMatchObject({
      'process:uid': process.geteuid?.(),
      'process:binary:path': process.execPath,
    });
  });

  test('plan, apply, confirm, rollback, history and status tell one story', () => {
    expect(riptides(['plan', '--detailed-exitcode', ...embedded], { cwd: directory }).code).toBe(4);
    expect(json('status', '--once', ...embedded).kind).toBe('never-applied');
    expect(json('apply', '--yes', '--why', 'first', ...embedded)).toMatchObject({
      applied: true,
      generation: 1,
    });
    expect(riptides(['plan', '--detailed-exitcode', ...embedded], { cwd: directory }).code).toBe(0);
    expect(json('apply', '--yes', ...embedded)).toMatchObject({ applied: false });

    const web = join(directory, 'identities/web.yaml');
    writeFileSync(web, readFileSync(web, 'utf8').replace('app: api', 'app: database'));
    const plan = json('plan', ...embedded);
    expect(plan.difference).toMatchObject({
      structure: {
        identities: [
          {
            workloadId: 'shop/web',
            statements: [
              { kind: 'added', services: ['database'] },
              { kind: 'removed', services: ['api'] },
            ],
          },
        ],
      },
      summary: { gains: 1, losses: 1 },
    });
    expect(json('apply', '--check', ...embedded)).toMatchObject({ checked: true, generation: 1 });
    expect(json('apply', '--yes', '--confirm-within', '10m', ...embedded).generation).toBe(2);
    expect(json('status', '--once', ...embedded).kind).toBe('pending-confirm');
    expect(run('confirm', ...embedded).code).toBe(0);
    expect(json('rollback', '--yes', '--why', 'back', ...embedded).generation).toBe(3);
    expect(json('status', '--once', ...embedded).kind).toBe('in-sync');
    const { records } = json('history', ...embedded);
    expect(records[0].manifest).toMatchObject({ action: 'rollback', generation: 3, why: 'back' });
    expect(execFileSync('git', ['status', '--porcelain'], { cwd: directory, encoding: 'utf8' })).toBe(
      ' M identities/web.yaml\n',
    );
  });

  test('a saved plan is applied as it is, and refused with exit code 5 once things have moved', () => {
    const out = join(scratch(), 'shop.plan');
    expect(run('plan', '--output', out, ...embedded).code).toBe(0);
    expect(run('apply', out, '--yes', ...embedded).code).toBe(0);
    const stale = run('apply', out, '--yes', ...embedded);
    expect(stale.code).toBe(5);
    expect(stale.stderr).toContain('RTE1202');
  });

  test('without a terminal nothing is applied that was not agreed to', () => {
    const { code, stderr } = run('rollback', ...embedded);
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
  });
});

describe('a question on a terminal', () => {
  /** Gives the keys once it asks; script(1) makes the terminal. */
  const answer = async (keys: string) => {
    const directory = copyExample('shop');
    temporary.push(directory);
    const command = `"${process.execPath}" "${join(ROOT, 'bin/riptides.js')}" apply "${directory}" --target embedded`;
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let stdout = '';
    let given = false;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      if (given || !stdout.includes('Type "yes" to continue: ')) return;
      given = true;
      child.stdin.write(keys);
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    return { status, stdout };
  };

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
    ['"y"', 'y\n'],
  ])('takes %s for no, and changes nothing', async (_name, keys) => {
    const { status, stdout } = await answer(keys);
    expect(stdout).toContain('Type "yes" to continue');
    expect(stdout).toContain('nothing was changed');
    expect(status).toBe(130);
  });

  test('takes "yes" for yes', async () => {
    const { status, stdout } = await answer('yes\n');
    expect(stdout).toContain('generation 1 is in force');
    expect(status).toBe(0);
  });
});

describe('init', () => {
  test('starts a policy that passes its own checks, and never overwrites one', () => {
    const directory = join(scratch(), 'shop');
    expect(riptides(['init', directory]).code).toBe(0);
    for (const check of [['validate'], ['lint'], ['fmt', '--check'], ['test', '--threshold', '70']]) {
      const [name = '', ...flags] = check;
      expect({ check, ...riptides([name, directory, ...flags]) }).toMatchObject({ check, code: 0 });
    }
    const again = riptides(['init', directory]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('exists already');
  });

  test('writes the workflow to the top of the repository, for the directory of the policy, and installs no name', () => {
    const top = scratch();
    execFileSync('git', ['init', '-q'], { cwd: top });
    for (const directory of ['policies/shop', 'policies/a b', '.']) {
      expect(
        riptides(['init', directory, '--name', directory === '.' ? 'top' : 'x' + directory.length], {
          cwd: top,
        }).code,
      ).toBe(0);
    }
    expect(readdirSync(join(top, '.github/workflows')).toSorted()).toEqual([
      'riptides-top.yaml',
      'riptides-x12.yaml',
      'riptides-x13.yaml',
    ]);
    expect(readdirSync(join(top, 'policies/shop'))).not.toContain('.github');
    const workflow = readFileSync(join(top, '.github/workflows/riptides-x13.yaml'), 'utf8');
    expect(workflow).not.toMatch(/npm install (?!--global \.\/riptides\.tgz)/);
    // What the workflow runs, run at the top.
    const runs = [...workflow.matchAll(/- run: riptides (.*)/g)].map(([, line = '']) => line.split(' '));
    expect(runs).toHaveLength(3);
    for (const args of runs)
      expect({ args, ...riptides(args, { cwd: top }) }).toMatchObject({ args, code: 0 });
    expect(readFileSync(join(top, '.github/workflows/riptides-x12.yaml'), 'utf8')).toContain(
      "riptides fmt 'policies/a b' --check",
    );
  });

  test('is counted in words that agree with the numbers', () => {
    const directory = join(scratch(), 'shop');
    expect(riptides(['init', directory]).code).toBe(0);
    expect(riptides(['validate', directory]).stdout).toMatch(
      /^valid  1 identity, 1 service, \d+ bytes compiled/,
    );
    expect(riptides(['compile', directory]).stdout).toMatch(
      /\n1 identity, 1 service, \d+ rules, \d+ bytes\n$/,
    );
    expect(riptides(['test', directory]).stdout).toContain('3 tests: 3 passed, 0 failed');
  });

  test('refuses a name that the schema would refuse, and writes nothing', () => {
    const directory = join(scratch(), 'shop');
    expect(riptides(['init', directory, '--name', 'a: b']).code).toBe(2);
    expect(riptides(['init', directory, '--trust-domain', 'NOT OK']).code).toBe(2);
    expect(() => readdirSync(directory)).toThrow();
  });
});

describe('a policy without tests, in no repository', () => {
  test('is said to be that, without blank lines and without talk of changes', () => {
    const policy = copyExample('shop');
    temporary.push(policy);
    expect(riptides(['test', policy]).stdout).toBe('0 tests: 0 passed, 0 failed, 0 % covered\n');
    expect(riptides(['plan', policy, '--target', 'embedded']).stdout).toContain('  no commit, bundle ');
  });
});

describe('windows of time', () => {
  test('are hours of days in plan and in explain', () => {
    const policy = copyExample('break-glass');
    temporary.push(policy);
    const file = join(policy, 'riptides.yaml');
    const written = readFileSync(file, 'utf8');
    writeFileSync(file, written.replace('      windows:', '      when: process.uid != 0\n      windows:'));
    expect(riptides(['plan', policy, '--target', 'embedded']).stdout).toContain(
      'allow to backup-store, if process.uid is 1 or more and time in Mon-Fri 07:00-17:00 UTC\n',
    );
    const explained = riptides(['explain', policy, '--gid', '3000', '--to', '10.20.0.40:22']).stdout;
    expect(explained).toMatch(/ time in Mon-Fri 07:00-17:00 UTC\n/);
  });
});

describe('what a person gets wrong', () => {
  test.each([
    [['vlidate'], 2, 'riptides validate'],
    [['plan', '--taget', 'embedded'], 2, '--target'],
    [['explain', '--to', 'nowhere'], 2, 'ADDRESS'.toLowerCase()],
    [['explain', '--path', '/bin/sh'], 2, '--to'],
    [['explain', 'RTP9999'], 2, 'RTP9999'],
    [['apply', '--confirm-within', '5 minutes', '--target', 'embedded'], 2, '60s'],
    [['inspect', '/nonexistent.rtb'], 2, '/nonexistent.rtb'],
    [['inspect', 'package.json'], 6, 'RTE1102'],
    [['validate', '/nonexistent'], 3, 'RTP100'],
    [['validate', 'test/corpus'], 3, 'RTP'],
  ] as const)('riptides %j ends with %i and says what to do', (args, code, text) => {
    const ran = riptides(args);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(text);
    expect(ran.stderr).toContain('fix');
    expect(ran.stderr).not.toContain('    at ');
  });

  test('errors are JSON with --json, on standard output, and the exit code stays', () => {
    const ran = riptides(['explain', '--to', 'nowhere', '--json']);
    expect(ran.code).toBe(2);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      schemaVersion: 1,
      error: { code: 'RTE1901', exitCode: 2 },
    });
  });

  test('a target that cannot be asked says what to do', () => {
    const ran = riptides(['module', 'info']);
    expect(ran.code).toBe(6);
    expect(ran.stderr).toMatch(/RTE100[1-4]/);
  });

  test('there is no colour where none is wanted, and some where it is', () => {
    const escape = '\u001b';
    expect(riptides(['validate', 'policies/examples/shop']).stdout).not.toContain(escape);
    expect(riptides(['validate', 'policies/examples/shop'], { env: { FORCE_COLOR: '1' } }).stdout).toContain(
      escape,
    );
    const none = riptides(['validate', 'policies/examples/shop'], {
      env: { FORCE_COLOR: '1', NO_COLOR: '1' },
    });
    expect(none.stdout).not.toContain(escape);
  });

  test('a reader that stops reading is no error', () => {
    const { status, stderr } = spawnSync(
      'bash',
      [
        '-c',
        `set -o pipefail; "${process.execPath}" bin/riptides.js plan policies/examples/shop --target embedded | head -n 1`,
      ],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect({ status, stderr: stderr.replace(/^note.*\n/gm, '') }).toEqual({ status: 0, stderr: '' });
  });
});

describe('the examples', () => {
  test.each(readdirSync(join(ROOT, 'policies/examples')))('%s is valid without a finding', (name) => {
    const { code, stderr } = riptides(['validate', `policies/examples/${name}`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test.each([
    ['the build user to its git server', ['--uid', '2000', '--to', '198.51.100.7:22'], 'allow'],
    ['the build user to its mirror', ['--uid', '2000', '--to', '192.0.2.80:443'], 'allow'],
    ['the build user to its mirror over IPv6', ['--uid', '2000', '--to', '[2001:db8:10::5]:443'], 'allow'],
    ['the build user anywhere else', ['--uid', '2000', '--to', '203.0.113.1:443'], 'deny'],
    [
      'the package manager to the mirror',
      ['--uid', '0', '--path', '/usr/lib/apt/methods/http', '--to', '192.0.2.80:443'],
      'allow',
    ],
    [
      'the package manager to the git server',
      ['--uid', '0', '--path', '/usr/lib/apt/methods/http', '--to', '198.51.100.7:22'],
      'deny',
    ],
    [
      'curl as root to the mirror',
      ['--uid', '0', '--path', '/usr/bin/curl', '--to', '192.0.2.80:443'],
      'deny',
    ],
  ])('build-host: %s', (_what, args, verdict) => {
    const { stdout } = riptides(['explain', 'policies/examples/build-host', ...args, '--json']);
    expect(JSON.parse(stdout).verdict).toBe(verdict);
  });
});
