// SPDX-License-Identifier: Apache-2.0

import type { CollectorCheck } from '../../agent/labels/check.ts';
import { configFlag, RiptidesCommand } from '../../cli/command.ts';
import { EXIT } from '../../errors.ts';
import { type AgentCheck as Check, checkAgent } from '../../operations/agent.ts';
import { table } from '../../terminal/paint.ts';

export default class AgentCheck extends RiptidesCommand {
  static override summary = 'Say whether the agent can do its work on this host.';
  static override description =
    'Reads the configuration, asks the kernel module and each collector, and changes nothing. What does not work is named, with what would help. Ends with 6 when something does not work, and with 3 when the configuration has errors.';
  static override examples = [
    { description: 'Before the agent is started', command: 'sudo <%= config.bin %> agent check' },
    {
      description: 'A configuration that is not in place yet',
      command: 'sudo <%= config.bin %> agent check --config agent.yaml',
    },
  ];
  static override flags = { config: configFlag };

  async run(): Promise<object> {
    const { flags } = await this.parse(AgentCheck);
    const check = await checkAgent(flags.config);
    await this.printDiagnostics(check.diagnostics);
    this.printAll(this.render(check));
    if (!check.ok) process.exitCode = EXIT.refused;
    return check;
  }

  private render({ kernel, collectors }: Check): readonly string[] {
    const kernelRow = kernel.isReachable
      ? [
          'kernel',
          this.paint('green', 'ok'),
          kernel.agent === undefined ? 'no agent is attached' : `process ${kernel.agent} is the agent`,
        ]
      : ['kernel', this.paint('red', 'fails'), `${kernel.reason}; ${kernel.fix}`];
    return table([kernelRow, ...collectors.map((collector) => this.row(collector))]);
  }

  private row({ name, state, detail, fix, milliseconds }: CollectorCheck): string[] {
    switch (state) {
      case 'off':
        return [name, this.paint('dim', 'off'), 'not asked for by the configuration'];
      case 'missing':
        return [name, this.paint('dim', 'off'), 'its socket is not there'];
      case 'reachable':
        return [
          name,
          this.paint('green', 'ok'),
          `${detail ?? ''}  ${this.paint('dim', `${Math.round(milliseconds)} ms`)}`,
        ];
      case 'unreachable':
        return [name, this.paint('red', 'fails'), `${detail ?? ''}; ${fix ?? ''}`];
    }
  }
}
