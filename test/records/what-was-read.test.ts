// SPDX-License-Identifier: Apache-2.0
// A record names a commit without "+" only when what was compiled is what the commit holds, whatever git status says.

import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { git } from '../apply/repositories.ts';
import { apply, commitAll, edit, historyOf, identity, policyRepository, scratch } from './repository.ts';

const dirtyAfterApply = (directory: string): boolean | undefined => {
  apply(directory);
  return historyOf(directory)[0]?.manifest.dirty;
};

/** Adds files to directories that are not searched by themselves. */
function addHidden(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

describe('what was applied is not what the commit holds when', () => {
  const cases: readonly (readonly [string, (repository: string) => void])[] = [
    ['a file was changed', (dir) => edit(join(dir, 'riptides.yaml'), 'audit', 'deny')],
    ['a file was added', (dir) => writeFileSync(join(dir, 'identities/extra.yaml'), identity('extra'))],
    ['a file was removed', (dir) => rmSync(join(dir, 'guardrails/same.yaml'))],
    [
      'git ignores a file',
      (dir) => {
        writeFileSync(join(dir, '.gitignore'), 'identities/extra.yaml\n');
        commitAll(dir);
        writeFileSync(join(dir, 'identities/extra.yaml'), identity('extra'));
      },
    ],
    [
      'git was told to ignore a change: assume-unchanged',
      (dir) => {
        git(dir, 'update-index', '--assume-unchanged', 'riptides.yaml');
        edit(join(dir, 'riptides.yaml'), 'audit', 'deny');
      },
    ],
    [
      'git was told to ignore a change: skip-worktree',
      (dir) => {
        git(dir, 'update-index', '--skip-worktree', 'riptides.yaml');
        edit(join(dir, 'riptides.yaml'), 'audit', 'deny');
      },
    ],
    [
      'a sparse checkout leaves out a part',
      (dir) => git(dir, 'sparse-checkout', 'set', '--cone', 'identities'),
    ],
    [
      'a filter makes something else of a file on checkout',
      (dir) => {
        writeFileSync(join(dir, '.gitattributes'), 'identities/*.yaml filter=uid\n');
        git(dir, 'config', 'filter.uid.smudge', 'sed s/1000/1001/');
        git(dir, 'config', 'filter.uid.clean', 'sed s/1001/1000/');
        commitAll(dir);
        rmSync(join(dir, 'identities/web.yaml'));
        git(dir, 'checkout', '--', 'identities/web.yaml');
        expect(readFileSync(join(dir, 'identities/web.yaml'), 'utf8')).toContain('1001');
        expect(git(dir, 'status', '--porcelain')).toBe('');
      },
    ],
    [
      'a link leads elsewhere than in the commit',
      (dir) => {
        mkdirSync(join(dir, 'shared'));
        writeFileSync(join(dir, 'shared/one.yaml.txt'), identity('one'));
        writeFileSync(join(dir, 'shared/two.yaml.txt'), identity('two'));
        symlinkSync('../shared/one.yaml.txt', join(dir, 'identities/linked.yaml'));
        commitAll(dir);
        unlinkSync(join(dir, 'identities/linked.yaml'));
        symlinkSync('../shared/two.yaml.txt', join(dir, 'identities/linked.yaml'));
        git(dir, 'update-index', '--assume-unchanged', 'identities/linked.yaml');
      },
    ],
    [
      'a directory that a link leads through became a link to another',
      (dir) => {
        addHidden(dir, { '.strict/one.yaml': identity('one'), '.lax/one.yaml': identity('one', 0) });
        symlinkSync('../.strict/one.yaml', join(dir, 'identities/one.yaml'));
        commitAll(dir);
        renameSync(join(dir, '.strict'), join(dir, '.strict.old'));
        symlinkSync('.lax', join(dir, '.strict'));
      },
    ],
    [
      'a file is missing from a directory that only a link leads to',
      (dir) => {
        addHidden(dir, { '.shared/one.yaml': identity('one'), '.shared/two.yaml': identity('two') });
        symlinkSync('.shared', join(dir, 'linked'));
        commitAll(dir);
        rmSync(join(dir, '.shared/two.yaml'));
      },
    ],
    [
      'a part of it is a submodule',
      (dir) => {
        const module = scratch();
        git(module, 'init', '--quiet');
        writeFileSync(join(module, 'extra.yaml'), identity('extra'));
        commitAll(module);
        git(dir, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', module, 'extra');
        commitAll(dir);
      },
    ],
    [
      'the commit has a document that the working tree keeps elsewhere',
      (dir) => {
        writeFileSync(join(dir, '.gitignore'), 'elsewhere\n');
        commitAll(dir);
        mkdirSync(join(dir, 'elsewhere'));
        writeFileSync(join(dir, 'elsewhere/web.yaml'), identity('web'));
        git(dir, 'update-index', '--skip-worktree', 'identities/web.yaml');
        rmSync(join(dir, 'identities/web.yaml'));
      },
    ],
  ];
  test.each(cases)('%s', (_name, change) => {
    const repository = policyRepository();
    change(repository);
    expect(dirtyAfterApply(repository)).toBe(true);
  });
});

describe('what was applied is what the commit holds', () => {
  const cases: readonly (readonly [string, (repository: string) => void])[] = [
    ['as it was committed', () => undefined],
    ['when other files were changed', (dir) => writeFileSync(join(dir, 'README.md'), 'x\n')],
    [
      'when files are checked out with the line ends of another system',
      (dir) => {
        git(dir, 'config', 'core.autocrlf', 'true');
        rmSync(join(dir, 'identities'), { recursive: true });
        git(dir, 'checkout', '--', 'identities');
        expect(readFileSync(join(dir, 'identities/web.yaml'), 'utf8')).toContain('\r\n');
      },
    ],
    [
      'when a link in it leads to a file in it',
      (dir) => {
        mkdirSync(join(dir, 'shared'));
        writeFileSync(join(dir, 'shared/one.yaml.txt'), identity('one'));
        symlinkSync('../shared/one.yaml.txt', join(dir, 'identities/linked.yaml'));
        symlinkSync('identities', join(dir, 'again'));
        commitAll(dir);
      },
    ],
    [
      'when a link leads through others to what is not searched itself',
      (dir) => {
        addHidden(dir, { '.shared/one.yaml': identity('one'), '.shared/.notes/two.yaml': identity('two') });
        symlinkSync('.shared', join(dir, '.current'));
        symlinkSync('.current/', join(dir, 'linked'));
        symlinkSync('../.current/../.shared/one.yaml', join(dir, 'identities/one.yaml'));
        commitAll(dir);
        rmSync(join(dir, '.shared/.notes'), { recursive: true });
      },
    ],
    [
      'when a link that is not read leads out of the repository',
      (dir) => {
        edit(join(dir, 'riptides.yaml'), 'trustDomain', 'policies: [identities, linked]\n  trustDomain');
        addHidden(dir, { '.shared/one.yaml': identity('one') });
        symlinkSync('.shared', join(dir, 'linked'));
        symlinkSync('/etc/hosts', join(dir, 'hosts.yaml'));
        symlinkSync('/bin/sh', join(dir, 'identities/shell'));
        commitAll(dir);
      },
    ],
    [
      'when YAML that is no part of it was changed',
      (dir) => {
        edit(join(dir, 'riptides.yaml'), 'trustDomain', 'policies: [identities]\n  trustDomain');
        mkdirSync(join(dir, '.github'));
        writeFileSync(join(dir, '.github/ci.yaml'), 'on: push\n');
        commitAll(dir);
        writeFileSync(join(dir, 'guardrails/same.yaml'), '# nothing\n');
        writeFileSync(join(dir, '.github/ci.yaml'), 'on: tag\n');
      },
    ],
  ];
  test.each(cases)('%s', (_name, change) => {
    const repository = policyRepository();
    change(repository);
    expect(dirtyAfterApply(repository)).toBe(false);
  });

  test('in a repository whose object ids are of SHA-256', () => {
    const repository = policyRepository();
    rmSync(join(repository, '.git'), { recursive: true });
    git(repository, 'init', '--quiet', '--object-format=sha256');
    commitAll(repository);
    expect(dirtyAfterApply(repository)).toBe(false);
    edit(join(repository, 'riptides.yaml'), 'audit', 'deny');
    expect(dirtyAfterApply(repository)).toBe(true);
  });
});

test('the record holds the files that were read', () => {
  const repository = policyRepository();
  writeFileSync(join(repository, 'identities/extra.yaml'), identity('extra'));
  apply(repository);
  const ref = git(repository, 'for-each-ref', '--format=%(refname)', 'refs/riptides');
  expect(git(repository, 'ls-tree', '-r', '--name-only', `${ref}:source`).split('\n')).toEqual([
    'guardrails/same.yaml',
    'identities/extra.yaml',
    'identities/web.yaml',
    'riptides.yaml',
  ]);
  expect(git(repository, 'show', `${ref}:source/identities/extra.yaml`)).toBe(identity('extra').trimEnd());
});
