// SPDX-License-Identifier: Apache-2.0
// The two families of error. A UserError tells a person what to do next; an InternalError is a fault of riptides
// and asks to be reported. Nothing else is thrown on purpose.

/** Exit codes of the command line: stable, and defined here only. */
export const EXIT = {
  ok: 0,
  /** a fault of riptides */
  internal: 1,
  /** the command line, the project or its surroundings are not as needed */
  usage: 2,
  /** validate, lint, fmt or test reported something */
  diagnostics: 3,
  /** a plan holds changes; only with --detailed-exitcode */
  changes: 4,
  /** a stale plan, or drift, was refused */
  stale: 5,
  /** the kernel refused */
  refused: 6,
  /** a signature or digest did not verify */
  unverified: 7,
  /** another riptides is at work */
  busy: 8,
  /** the target took it, and its record could not be completed */
  unrecorded: 9,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Every kind of UserError: its code, which never changes its meaning, and the exit code it leads to. */
export const ERROR_KINDS = {
  'not-linux': { code: 'RTE1001', exitCode: EXIT.refused },
  'no-netlink': { code: 'RTE1002', exitCode: EXIT.refused },
  'module-not-loaded': { code: 'RTE1003', exitCode: EXIT.refused },
  'no-permission': { code: 'RTE1004', exitCode: EXIT.refused },
  'module-version': { code: 'RTE1005', exitCode: EXIT.refused },
  'kernel-refused': { code: 'RTE1006', exitCode: EXIT.refused },
  'kernel-silent': { code: 'RTE1007', exitCode: EXIT.refused },
  'bundle-version': { code: 'RTE1101', exitCode: EXIT.refused },
  'bundle-refused': { code: 'RTE1102', exitCode: EXIT.refused },
  'digest-mismatch': { code: 'RTE1103', exitCode: EXIT.refused },
  'generation-moved': { code: 'RTE1201', exitCode: EXIT.stale },
  'plan-stale': { code: 'RTE1202', exitCode: EXIT.stale },
  busy: { code: 'RTE1301', exitCode: EXIT.busy },
  'not-confirmed': { code: 'RTE1302', exitCode: EXIT.busy },
  'nothing-to-confirm': { code: 'RTE1303', exitCode: EXIT.refused },
  'no-such-bundle': { code: 'RTE1304', exitCode: EXIT.refused },
  interrupted: { code: 'RTE1305', exitCode: EXIT.interrupted },
  'plan-unreadable': { code: 'RTE1401', exitCode: EXIT.unverified },
  'record-unreadable': { code: 'RTE1402', exitCode: EXIT.unverified },
  'record-missing': { code: 'RTE1403', exitCode: EXIT.usage },
  'state-unreadable': { code: 'RTE1404', exitCode: EXIT.unverified },
  'git-failed': { code: 'RTE1405', exitCode: EXIT.usage },
  'not-recorded': { code: 'RTE1406', exitCode: EXIT.unrecorded },
  'module-build': { code: 'RTE1501', exitCode: EXIT.usage },
  'module-load': { code: 'RTE1502', exitCode: EXIT.refused },
  'module-busy': { code: 'RTE1503', exitCode: EXIT.busy },
  'agent-lost': { code: 'RTE1601', exitCode: EXIT.refused },
  'agent-running': { code: 'RTE1602', exitCode: EXIT.busy },
  'name-unknown': { code: 'RTE1603', exitCode: EXIT.refused },
  usage: { code: 'RTE1901', exitCode: EXIT.usage },
  'output-lost': { code: 'RTE1902', exitCode: EXIT.usage },
} as const satisfies Record<string, { code: string; exitCode: ExitCode }>;
export type ErrorKind = keyof typeof ERROR_KINDS;
export type ErrorCode = (typeof ERROR_KINDS)[ErrorKind]['code'];

export interface ErrorText {
  /** What is wrong, and where: one sentence without a full stop. */
  readonly message: string;
  /** Why, when the message alone does not say; the kernel's own words go here. */
  readonly why?: string | undefined;
  /** What to do about it, in the imperative. */
  readonly fix: string;
  readonly cause?: unknown;
}

/** Something a person can do something about. */
export class UserError extends Error {
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly exitCode: ExitCode;
  readonly why: string | undefined;
  readonly fix: string;

  constructor(kind: ErrorKind, text: ErrorText) {
    super(text.message, text.cause === undefined ? undefined : { cause: text.cause });
    this.name = 'UserError';
    this.kind = kind;
    this.code = ERROR_KINDS[kind].code;
    this.exitCode = ERROR_KINDS[kind].exitCode;
    this.why = text.why;
    this.fix = text.fix;
  }
}

/** A fault of riptides itself. The message says what did not hold. */
export class InternalError extends Error {
  readonly exitCode: ExitCode = EXIT.internal;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'InternalError';
  }
}

/** Whether an error is a UserError of one of the kinds; of any kind when none is named. */
export function isUserError(error: unknown, ...kinds: readonly ErrorKind[]): error is UserError {
  return error instanceof UserError && (kinds.length === 0 || kinds.includes(error.kind));
}

/** The code of a failed system call (`ENOENT`), if the error is one. */
export function systemCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** The words of whatever was thrown. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
