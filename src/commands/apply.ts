// SPDX-License-Identifier: Apache-2.0

import { statSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import type { Appliable } from '../apply/apply.ts';
import type { TargetAndRecords } from '../operations/place.ts';
import type { Plan } from '../plan/plan-types.ts';
import { RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { UserError } from '../errors.ts';
import { isYamlFile } from '../schema/paths.ts';

interface Prepared {
  readonly plan: Plan;
  readonly place: TargetAndRecords;
  readonly what: Appliable;
  readonly notes: readonly string[];
}

export default class Apply extends RiptidesCommand {
  static override summary = 'Put a policy in force, all of it or nothing.';
  static override description =
    'Shows the plan, asks, commits in one transaction, and records it in git. With --confirm-within the target itself goes back to the policy before, unless "riptides confirm" is run in time: a policy that locks you out undoes itself.';
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
      description: 'directory of the policy, or a plan that was saved (then the project is this directory)',
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
    const { args, flags } = await this.parse(Apply);
    const { applyBundle, checkBundle } = await import('../apply/apply.ts');
    const { parseDuration } = await import('../cli/duration.ts');
    const within = flags['confirm-within'];
    const confirmWithin = within === undefined ? undefined : parseDuration(within);
    const saved = isSavedPlan(args.policy);
    const prepared = saved
      ? await this.fromPlan(args.policy, flags.target)
      : await this.fromPolicy(args.policy, flags.target, flags.node);
    const { plan, place, what } = prepared;
    const { renderPlan, summaryWords } = await import('../plan/render-plan.ts');
    // A plan that was saved was looked at.
    this.log(saved ? `Plan: ${summaryWords(plan)}.` : renderPlan(plan, this.paint));
    this.printNotes(prepared.notes);
    if (flags.check) {
      const generation = await checkBundle(what.bundle, place.target);
      this.log(
        `${this.paint('green', 'accepted')}  the ${flags.target} would take it; generation ${generation} stays in force`,
      );
      return { checked: true, generation, plan };
    }
    if (plan.lacking !== undefined) {
      throw new UserError('bundle-refused', {
        message: `${flags.target} on ${place.target.node} cannot do what the policy needs: ${plan.lacking.join(', ')}`,
        why: 'a policy that is carried out in part would promise what does not happen',
        fix: 'install a module that can, or take that out of the policy; "riptides inspect" shows what needs it',
      });
    }
    if (!plan.changes && plan.base.digest === what.digest && plan.base.recordedDigest === what.digest) {
      this.log('nothing to do');
      return { applied: false, plan };
    }
    await this.confirmOrStop(`Apply this to ${flags.target} on ${place.target.node}?`, flags.yes);
    const result = await applyBundle(what, {
      ...place,
      ...(confirmWithin === undefined ? {} : { confirmWithin }),
      ...(flags.why === undefined ? {} : { why: flags.why }),
      signal: this.interrupted(),
    });
    this.log(
      `\n${this.paint('green', 'applied')}  generation ${result.generation} is in force, sha256:${what.digest.slice(0, 12)}, record ${result.record.id.slice(0, 8)}`,
    );
    if (within !== undefined)
      await this.printWaiting(within, { directory: saved ? '.' : args.policy, target: flags.target });
    if (flags.target === 'embedded')
      this.logToStderr(
        `${this.paint('yellow', 'note')}  the embedded target enforces nothing: it answers explain, plan and status`,
      );
    this.printNotes(result.notes);
    return { applied: true, plan, ...result };
  }

  private async fromPolicy(
    directory: string,
    target: 'kernel' | 'embedded',
    node: string | undefined,
  ): Promise<Prepared> {
    const compilation = await this.compile(directory, node === undefined ? {} : { node }, target);
    const { planFor } = await import('../operations/planning.ts');
    const { plan, place, notes } = await planFor(compilation, target, directory);
    return { plan, place, notes, what: appliable(plan, compilation) };
  }

  private async fromPlan(file: string, target: 'kernel' | 'embedded'): Promise<Prepared> {
    const { loadPlan, refuseStale } = await import('../plan/saved-plan.ts');
    const { observeTarget } = await import('../plan/plan.ts');
    const { readRevision } = await import('../records/git.ts');
    const { openPlace } = await import('../operations/place.ts');
    const saved = await loadPlan(file);
    const place = await openPlace(target, '.');
    const { inputs, notes } = await observeTarget(place.target, place.records, await readRevision('.'));
    refuseStale(saved.plan, inputs);
    const { plan, bundle, sourceMap } = saved;
    return { plan, place, notes, what: appliable(plan, { bundle, digest: plan.desired.digest, sourceMap }) };
  }
}

function appliable(plan: Plan, what: Pick<Appliable, 'bundle' | 'digest' | 'sourceMap'>): Appliable {
  const { bundle, digest, sourceMap } = what;
  return {
    bundle,
    digest,
    sourceMap,
    plan,
    source: plan.source,
    expectedGeneration: plan.base.generation ?? 0,
  };
}

function isSavedPlan(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true && !isYamlFile(path);
}
