// SPDX-License-Identifier: Apache-2.0

import { Args, Flags } from '@oclif/core';
import { RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { parseDuration } from '../cli/duration.ts';
import { applyPrepared, checkPrepared, needsApply, prepareApply } from '../operations/apply.ts';
import { renderPlan, summaryWords } from '../plan/render-plan.ts';

export default class Apply extends RiptidesCommand {
  static override summary = 'Put a policy in force, atomically.';
  static override description =
    'Shows the plan, asks, commits in one transaction, and records it in git. Connections that the policy no longer allows are closed. With --confirm-within, the target returns to the previous policy unless "riptides confirm" is run in time: a policy that locks you out is undone.';
  static override examples = [
    { description: 'Apply the policy of this directory to this host', command: '<%= config.bin %> apply' },
    { description: 'With a safety net', command: '<%= config.bin %> apply --confirm-within 60s' },
    {
      description: 'Try it where nothing is enforced',
      command: '<%= config.bin %> apply policies/examples/shop --target embedded --yes',
    },
    { description: 'Exactly a plan that was saved', command: '<%= config.bin %> apply shop.plan' },
    { description: 'Only let the kernel check it', command: '<%= config.bin %> apply --check' },
  ];
  static override args = {
    policy: Args.string({
      description: 'directory of the policy, or a saved plan (the project is then the current directory)',
      default: '.',
    }),
  };
  static override flags = {
    check: Flags.boolean({ description: 'verify at the target, and change nothing' }),
    'confirm-within': sharedFlags['confirm-within'],
    node: sharedFlags.node,
    target: sharedFlags.target,
    why: sharedFlags.why,
    yes: sharedFlags.yes,
  };

  async run(): Promise<object> {
    const { args, flags, metadata } = await this.parse(Apply);
    const within = flags['confirm-within'];
    const confirmWithin = within === undefined ? undefined : parseDuration(within);
    const prepared = await this.showing('planning', ({ update }) =>
      prepareApply({
        policy: args.policy,
        // A saved plan knows its own.
        target: metadata.flags['target']?.setFromDefault === true ? undefined : flags.target,
        node: flags.node,
        onProgress: update,
      }),
    );
    const { plan, what, scope, target } = prepared;
    await this.printDiagnostics(prepared.diagnostics);
    // A plan that was saved was looked at.
    if (prepared.isSaved) this.print(`Plan: ${summaryWords(plan)}.`);
    else this.printWrapped(renderPlan(plan, this.paint));
    this.printNotes(prepared.notes);
    if (flags.check) {
      const generation = await checkPrepared(prepared);
      this.print(
        `${this.paint('green', 'accepted')}  the ${target.name} target would accept it; generation ${generation} stays in force`,
      );
      return { checked: true, generation, plan };
    }
    if (!needsApply(prepared)) {
      this.print('nothing to do');
      return { applied: false, plan };
    }
    await this.confirmOrStop(`Apply this to ${target.name} on ${target.node}?`, flags.yes);
    const result = await this.showing('sending the bundle', (progress) =>
      applyPrepared(prepared, {
        confirmWithin,
        why: flags.why,
        signal: this.interrupted(),
        onProgress: (bytes, of) => {
          progress.update(`sent ${Math.floor((bytes / of) * 100)} % of the bundle`);
        },
      }),
    );
    this.print(
      '',
      `${this.paint('green', 'applied')}  generation ${result.generation} is in force, sha256:${what.digest.slice(0, 12)}, record ${result.record.id.slice(0, 8)}`,
    );
    await this.printWaiting(result, scope);
    if (target.name === 'embedded')
      this.printNotes(['the embedded target enforces nothing: it answers explain, plan and status']);
    this.printNotes(result.notes);
    return { applied: true, plan, ...result };
  }
}
