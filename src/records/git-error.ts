// SPDX-License-Identifier: Apache-2.0
// Why git failed, and what a person can do about it.

import { type ErrorKind, UserError } from '../errors.ts';

/** What stood in the way. */
export type Obstacle =
  | 'no-git'
  | 'no-repository'
  | 'untrusted'
  | 'locked'
  | 'full'
  | 'read-only'
  | 'denied'
  | 'damaged'
  | 'other';

/** Git ended with an error. */
export class GitError extends UserError {
  readonly obstacle: Obstacle;
  /** The line of git's message that names the obstacle. */
  readonly line: string;

  constructor(kind: ErrorKind, obstacle: Obstacle, line: string, text: { message: string; fix: string }) {
    super(kind, line === '' ? text : { ...text, why: `git says: ${line}` });
    this.obstacle = obstacle;
    this.line = line;
  }
}

interface Explanation {
  readonly pattern: RegExp;
  readonly obstacle: Obstacle;
  readonly message: (directory: string, match: RegExpExecArray) => string;
  readonly fix: (directory: string, match: RegExpExecArray) => string;
}

/** In order: the first that matches counts. Git runs in the locale C, so its messages are in English. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /not a git repository/,
    obstacle: 'no-repository',
    message: (directory) => `${directory} is in no git repository`,
    fix: () => 'git init, then git add and git commit the policy',
  },
  {
    // Git names the path as it compares it, and quotes it where a shell needs that.
    pattern: /dubious ownership[^]*?(git config --global --add safe\.directory .+)/,
    obstacle: 'untrusted',
    message: (directory) => `git does not trust the repository of ${directory}: it belongs to another user`,
    fix: (_, [, command = '']) => `run riptides as its owner, or tell git to trust it: ${command}`,
  },
  {
    pattern: /Unable to create '([^']+\.lock)': File exists/,
    obstacle: 'locked',
    message: (_, [, file = '']) => `another git process holds ${file}`,
    fix: () => 'if no git is running there, one was killed: remove that file',
  },
  {
    pattern: /No space left on device|Disk quota exceeded|File too large|SIGXFSZ/,
    obstacle: 'full',
    message: (directory) => `git cannot write to ${directory}: there is no space left for it`,
    fix: () => 'free space on that file system, or raise the quota or limit',
  },
  {
    pattern: /Read-only file system/,
    obstacle: 'read-only',
    message: (directory) => `git cannot write to ${directory}: its file system is read-only`,
    fix: () => 'mount it writable',
  },
  {
    pattern: /Permission denied|Operation not permitted|insufficient permission|EACCES|EPERM/,
    obstacle: 'denied',
    message: (directory) => `git may not read or write ${directory}`,
    fix: () => 'run riptides as the owner of the repository, or change its permissions',
  },
  {
    pattern:
      /object file .* is empty|corrupt|bad object|bad tree|inflate|not a valid object|missing (?:blob|tree|commit|object)|unable to (?:read|parse|find|unpack)|Could not read|broken|invalid sha1 pointer|garbage|does not point to a valid object|object .* (?:is missing|not found)/i,
    obstacle: 'damaged',
    message: (directory) => `the git repository of ${directory} is damaged`,
    fix: () =>
      "git fsck --lost-found lists what is missing or broken; a copy may have it (records: git fetch REMOTE 'refs/riptides/*:refs/riptides/*')",
  },
];

/** The commands that riptides writes by. */
const WRITERS: ReadonlySet<string> = new Set([
  'bundle',
  'commit-tree',
  'fast-import',
  'init',
  'mktree',
  'update-ref',
]);

const KINDS: Partial<Record<Obstacle, ErrorKind>> = { locked: 'busy' };

/** Explains how git ended. @param words what it wrote to standard error, and by which signal it was ended */
export function explainGit(directory: string, command: string, words: string): GitError {
  for (const { pattern, obstacle, message, fix } of EXPLANATIONS) {
    const match = pattern.exec(words);
    if (match === null) continue;
    return new GitError(KINDS[obstacle] ?? 'git-failed', obstacle, lineOf(words, match.index), {
      message: message(directory, match),
      fix: fix(directory, match),
    });
  }
  return new GitError('git-failed', 'other', lineOf(words, 0), {
    message: `git cannot ${WRITERS.has(command) ? 'write to' : 'read'} the repository of ${directory}`,
    fix: 'git status there, or git fsck, may say more',
  });
}

export function noGit(): GitError {
  return new GitError('record-missing', 'no-git', '', {
    message: 'git is not installed, and riptides records in git what it applies',
    fix: 'install git, for example with apt-get install git',
  });
}

function lineOf(words: string, index: number): string {
  const end = words.indexOf('\n', index);
  const start = words.lastIndexOf('\n', index - 1) + 1;
  return words
    .slice(start, end < 0 ? undefined : end)
    .replace(/^(?:fatal|error|warning): /, '')
    .trim();
}
