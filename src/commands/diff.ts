// SPDX-License-Identifier: Apache-2.0

import { Args, Flags } from '@oclif/core';
import { recordTargetFlag, RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { EXIT } from '../errors.ts';
import { namedSides } from '../operations/named-sides.ts';
import { comparePolicies } from '../diff/compare.ts';
import { renderDifference } from '../diff/words/render.ts';

/** 2: `endpoints` and `unnamedEndpoints` took the place of `places` and `placesLeft`, `structure` that of `besides`. */
const DIFF_SCHEMA_VERSION = 2;

/** What is printed, unless more is asked for. */
const FEW_CHANGES = 100;

export default class Diff extends RiptidesCommand {
  static override summary = 'Show exactly which connections two policies decide differently.';
  static override description =
    'Compares the verdicts of two policies for every possible connection. Each change comes with an example connection, checked with the evaluator of the kernel module. Differences in writing alone are not listed. A and B are each a directory, a bundle (.rtb), a record (latest, ~1, g7), live (what is in force on the target), or a revision of git: REVISION, or REVISION:DIRECTORY from the root of the repository. A path that exists is a path; write REVISION:. for a branch of the same name.';
  static override examples = [
    {
      description: 'What was last applied (or else committed) against this directory',
      command: '<%= config.bin %> diff',
    },
    { description: 'A branch against this directory', command: '<%= config.bin %> diff main' },
    { description: 'Two records', command: '<%= config.bin %> diff ~1 latest' },
    { description: 'Two bundles', command: '<%= config.bin %> diff old.rtb new.rtb' },
    {
      description: 'In a pipeline: exit code 4 when anything differs',
      command: '<%= config.bin %> diff origin/main . --detailed-exitcode',
    },
  ];
  static override args = {
    a: Args.string({ description: 'before; default: what was last applied, otherwise HEAD' }),
    b: Args.string({ description: 'after; default: the policy in the current directory' }),
  };
  static override flags = {
    'detailed-exitcode': Flags.boolean({
      aliases: ['exit-code'],
      description: 'end with 4 when there is a difference',
    }),
    limit: Flags.integer({
      description: 'number of changes to print; 0 is all',
      helpValue: 'N',
      default: FEW_CHANGES,
      min: 0,
    }),
    only: Flags.option({ options: ['gains', 'losses'] as const })({
      description: 'print only these',
      helpValue: 'KIND',
    }),
    node: sharedFlags.node,
    target: recordTargetFlag,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Diff);
    const { before, after, difference } = await this.showing('compiling', async ({ update }) => {
      const sides = await namedSides(args.a, args.b, { ...flags, onProgress: update });
      update('comparing');
      return { ...sides, difference: comparePolicies(sides.before, sides.after) };
    });
    const words = (side: typeof before): string => `${side.words}, bundle ${side.digest.slice(0, 12)}`;
    const lines = renderDifference(
      difference,
      {
        before: words(before),
        after: words(after),
        limit: flags.limit,
        only: flags.only === 'losses' ? 'loses' : flags.only,
      },
      this.paint,
    );
    this.printWrapped(lines);
    if (!difference.exact) process.exitCode = EXIT.unverified;
    else if (flags['detailed-exitcode'] && !difference.same) process.exitCode = EXIT.changes;
    const side = ({ words: name, digest }: typeof before): object => ({ name, digest });
    return { schemaVersion: DIFF_SCHEMA_VERSION, before: side(before), after: side(after), ...difference };
  }
}
