// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { directoryArg, RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { EXIT } from '../errors.ts';
import { planPolicy } from '../operations/plan.ts';
import { renderPlan } from '../plan/render-plan.ts';
import { savePlan } from '../plan/saved-plan.ts';
import { writeTo } from '../cli/output.ts';
import { applyPlanCommand } from '../cli/next-command.ts';

export default class Plan extends RiptidesCommand {
  static override summary = 'Show what would change if this policy were applied.';
  static override description =
    'Compares the policy with what is in force and with the last record: what is written differently, and which connections are therefore decided differently, each change with an example connection. It also lists the connections of this host that applying it would close. Where nothing is in force, it lists what would be. Nothing is changed.';
  static override examples = [
    { description: 'Plan this directory', command: '<%= config.bin %> plan' },
    {
      description: 'Save the plan, look at it, apply exactly that',
      command: '<%= config.bin %> plan --output shop.plan',
    },
    {
      description: 'In a pipeline: exit code 4 when there are changes',
      command: '<%= config.bin %> plan --detailed-exitcode',
    },
  ];
  static override args = { directory: directoryArg };
  static override flags = {
    output: Flags.string({
      char: 'o',
      description: 'save the plan, for "riptides apply FILE"',
      helpValue: 'FILE',
    }),
    'detailed-exitcode': Flags.boolean({ description: 'end with 4 when there are changes' }),
    node: sharedFlags.node,
    target: sharedFlags.target,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Plan);
    const scope = { directory: args.directory, target: flags.target };
    const { plan, compilation, source, diagnostics, notes } = await this.showing('planning', ({ update }) =>
      planPolicy(scope, flags.node, update),
    );
    await this.printDiagnostics(diagnostics);
    this.printWrapped(renderPlan(plan, this.paint));
    this.printNotes(notes);
    if (flags.output !== undefined) {
      await writeTo(flags.output, (file) => savePlan(file, plan, { ...compilation, source: source.files }));
      const next = applyPlanCommand(flags.output, scope);
      this.print('', `saved to ${flags.output}; apply exactly this with: ${next}`);
    }
    if (flags['detailed-exitcode'] && plan.changes) process.exitCode = EXIT.changes;
    return plan;
  }
}
