// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import type { Status as StatusOf } from '../apply/status.ts';
import { directoryArg, RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { refresh } from '../cli/refresh.ts';
import { EXIT } from '../errors.ts';
import { statusOf } from '../operations/recorded.ts';
import { nextCommand } from '../cli/next-command.ts';

const STYLES = {
  'in-sync': 'green',
  'pending-confirm': 'yellow',
  'never-applied': 'yellow',
  drift: 'red',
  unknown: 'red',
} as const;

export default class Status extends RiptidesCommand {
  static override summary = 'Show what is in force, and whether it matches the record.';
  static override description =
    'Asks the target, compares it with the record in git, and repairs the record of an apply that was killed. On a terminal it refreshes until Ctrl-C; --once prints once. Exit code 5 means drift, 6 that the target cannot be reached.';
  static override examples = [
    { description: 'Print the status once', command: '<%= config.bin %> status --once' },
    { description: 'For a program', command: '<%= config.bin %> status --once --json' },
  ];
  static override args = { directory: directoryArg };
  static override flags = {
    once: Flags.boolean({ description: 'print the status once and exit' }),
    target: sharedFlags.target,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Status);
    const scope = { directory: args.directory, target: flags.target };
    const command = (...words: readonly string[]): string => nextCommand(words, scope);
    const look = (): Promise<StatusOf> => statusOf(scope, { command });
    const show = (status: StatusOf): void => this.print(...this.render(status));
    if (!flags.once && !this.jsonEnabled() && process.stdout.isTTY === true) {
      const last = await refresh(this.interrupted(), look, show);
      process.exitCode = EXIT.interrupted;
      return last;
    }
    const status = await look();
    show(status);
    if (status.kind === 'drift') process.exitCode = EXIT.stale;
    if (status.kind === 'unknown') process.exitCode = EXIT.refused;
    return status;
  }

  private render(status: StatusOf): readonly string[] {
    const { live, recorded } = status;
    const rows: (readonly [string, string])[] = [];
    if (live !== undefined) {
      rows.push(['target', `${status.target} on ${status.node}: ${live.words}`]);
      rows.push(['generation', String(live.generation)]);
      if (live.digest !== undefined)
        rows.push(['bundle', `sha256:${live.digest.slice(0, 12)}  ${live.size ?? 0} bytes`]);
      if (live.committedAt !== undefined) rows.push(['since', `${utc(live.committedAt)} UTC`]);
    }
    if (recorded !== undefined) {
      const { manifest } = recorded;
      const why = manifest.why === undefined ? '' : `: ${manifest.why}`;
      rows.push(['recorded', `${recorded.id.slice(0, 8)}  ${manifest.action} by ${manifest.who}${why}`]);
    }
    for (const [name, value] of Object.entries(live?.counters ?? {})) rows.push([name, String(value)]);
    return [
      `${this.paint(STYLES[status.kind], status.kind)}  ${status.words}`,
      ...rows.map(([name, value]) => `  ${name.padEnd(16)}  ${value}`),
      ...(status.fix === undefined ? [] : [`  ${'next'.padEnd(16)}  ${status.fix}`]),
      ...status.notes.map((note) => `  ${'note'.padEnd(16)}  ${note}`),
    ];
  }
}

function utc(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}
