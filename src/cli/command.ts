// SPDX-License-Identifier: Apache-2.0
// What every command has: --json, one way to print diagnostics and errors, and exit codes.

import { Args, Command, Errors, Flags, type Interfaces } from '@oclif/core';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { EXIT } from '../errors.ts';
import { PolicyRefused } from '../operations/refused.ts';
import type { TargetScope } from '../operations/targets.ts';
import { printLines } from '../terminal/output.ts';
import { painter, wantsColour, type Paint } from '../terminal/paint.ts';
import { type Progress, startProgress } from '../terminal/progress.ts';
import { JSON_SCHEMA_VERSION, printError, printJson } from './report.ts';
import type { CommandShape } from './usage-error.ts';

type FlagOutput = Interfaces.OutputFlags<Interfaces.FlagInput>;
type ArgOutput = Interfaces.OutputArgs<Interfaces.ArgInput>;

/** The argument of every command that reads a policy. */
export const directoryArg = Args.string({
  description: 'directory of the policy, the one with riptides.yaml',
  default: '.',
});

async function parseNode(id: string): Promise<string> {
  const { workloadIdProblem } = await import('../schema/names.ts');
  const problem = workloadIdProblem(id);
  if (problem === undefined) return id;
  const { UserError } = await import('../errors.ts');
  throw new UserError('usage', {
    message: `--node: ${problem.message}`,
    why: `a node is named by its workload ID (${problem.code})`,
    fix: problem.fix,
  });
}

/** Flags that mean the same wherever they stand. */
export const sharedFlags = {
  node: Flags.string({
    description: 'workload ID of the node, for identities with a scope',
    parse: parseNode,
    env: 'RIPTIDES_NODE',
    helpValue: 'ID',
  }),
  target: Flags.option({ options: ['kernel', 'embedded'] as const })({
    description:
      'where the policy is applied: to the kernel of this host, or to the embedded target, which evaluates and enforces nothing',
    env: 'RIPTIDES_TARGET',
    default: 'kernel',
  }),
  'confirm-within': Flags.string({
    description: 'roll back after this time unless "riptides confirm" is run: 60s, 10m',
    helpValue: 'TIME',
  }),
  why: Flags.string({ description: 'the reason, for the record', helpValue: 'TEXT' }),
  yes: Flags.boolean({ char: 'y', aliases: ['auto-approve'], description: 'do not ask' }),
};

/** The flag of commands that look at what was applied, and at no target: whichever target that was, unless it is given. */
export const recordTargetFlag = Flags.option({ options: ['kernel', 'embedded'] as const })({
  description:
    'whose record the policy is compared with; that of the kernel unless given, or that of the embedded target where nothing was applied to the kernel',
  env: 'RIPTIDES_TARGET',
});

/** The configuration of the agent, of commands that do what it does. */
export const configFlag = Flags.string({
  description: 'configuration of the agent; /etc/riptides/agent.yaml where it exists, else the defaults',
  helpValue: 'FILE',
  env: 'RIPTIDES_AGENT_CONFIG',
});

/** A command of riptides. Its result is what `--json` prints. */
export abstract class RiptidesCommand extends Command {
  static override enableJsonFlag = true;

  protected readonly paint: Paint = painter(wantsColour(process.stdout));

  /** Prints lines for a person; with --json, nothing. */
  protected print(...lines: readonly string[]): void {
    if (!this.jsonEnabled()) printLines(process.stdout, lines);
  }

  /** The same of a list of any length. */
  protected printAll(lines: readonly string[]): void {
    if (!this.jsonEnabled()) printLines(process.stdout, lines);
  }

  /** Prints lines as wide as the terminal is. */
  protected printWrapped(lines: readonly string[]): void {
    if (!this.jsonEnabled()) printLines(process.stdout, lines, { wrap: true });
  }

  /** Prints lines for a person besides the result. */
  protected printAside(...lines: readonly string[]): void {
    if (!this.jsonEnabled()) printLines(process.stderr, lines);
  }

  /** Prints what the compiler says besides the result. */
  protected async printDiagnostics(diagnostics: readonly Diagnostic[]): Promise<void> {
    if (diagnostics.length === 0 || this.jsonEnabled()) return;
    const { printDiagnostics } = await import('./diagnostics.ts');
    printDiagnostics(diagnostics);
  }

  /** Runs work, and shows on a terminal that it goes on when it takes more than a second. */
  protected async showing<T>(text: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    const progress = startProgress(process.stderr, text, this.jsonEnabled());
    try {
      return await work(progress);
    } finally {
      progress.done();
    }
  }

  /** Asks a yes-or-no question; without a terminal the answer is an error that names --yes. */
  protected async confirmOrStop(question: string, yes: boolean): Promise<void> {
    if (yes) return;
    const { askOrStop } = await import('./ask.ts');
    await askOrStop(question);
  }

  /** Says how to keep what is in force, when it waits for that. */
  protected async printWaiting(
    { generation, confirmBy }: { readonly generation: number; readonly confirmBy?: number },
    scope: TargetScope,
  ): Promise<void> {
    if (confirmBy === undefined) return;
    const { nextCommand } = await import('./next-command.ts');
    const { formatDuration } = await import('./duration.ts');
    const left = formatDuration(confirmBy - Date.now());
    this.print(
      `${this.paint('yellow', 'waiting')}  generation ${generation} will be undone in ${left} unless you run: ${nextCommand(['confirm'], scope)}`,
    );
  }

  /** Says what a person should know besides the result. */
  protected printNotes(notes: readonly string[]): void {
    this.printAside(...notes.map((note) => `${this.paint('yellow', 'note')}  ${note}`));
  }

  /** Aborts at the first Ctrl-C, so that what is under way ends cleanly; the second ends the process at once. */
  protected interrupted(): AbortSignal {
    const controller = new AbortController();
    process.once('SIGINT', () => {
      process.once('SIGINT', () => process.exit(EXIT.interrupted));
      controller.abort();
    });
    return controller.signal;
  }

  override logJson(json: unknown): void {
    printJson(json);
  }

  protected override toSuccessJson(result: unknown): unknown {
    return Object.assign({ schemaVersion: JSON_SCHEMA_VERSION }, result);
  }

  protected override async catch(error: Error): Promise<void> {
    if (error instanceof Errors.ExitError) throw error;
    if (error instanceof PolicyRefused) {
      process.exitCode = EXIT.diagnostics;
      const { diagnosticsToJson } = await import('../diagnostics/render.ts');
      if (this.jsonEnabled()) printJson(diagnosticsToJson(error.diagnostics));
      else await this.printDiagnostics(error.diagnostics);
    } else printError(error, this.jsonEnabled(), this.shape());
  }

  /** Arguments come from the command line and from nowhere else: oclif would take a missing one from standard input. */
  protected override async parse<F extends FlagOutput, B extends FlagOutput, A extends ArgOutput>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    for (const arg of Object.values(options?.args ?? {})) arg.ignoreStdin = true;
    return super.parse(options, argv);
  }

  private shape(): CommandShape {
    // A command without flags of its own has none here, whatever the type says.
    const own: Readonly<Record<string, { readonly aliases?: readonly string[] }>> | undefined =
      this.ctor.flags;
    const names = Object.entries(own ?? {}).flatMap(([name, flag]) => [name, ...(flag.aliases ?? [])]);
    return {
      usage: ['riptides', ...(this.id ?? '').split(':')].join(' ').trimEnd(),
      flags: [...names, 'json', 'help'],
    };
  }
}
