// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { configFlag, RiptidesCommand } from '../cli/command.ts';
import { LOG_LEVELS, type LogLevel } from '../agent/log-levels.ts';

export default class Agent extends RiptidesCommand {
  static override summary = 'Run the agent: tell the kernel what it cannot know of processes.';
  static override description =
    'The agent is the half of the kernel module that runs in user space: one process for each host, which needs CAP_NET_ADMIN. The kernel asks it for labels of processes, and it asks systemd, container runtimes, Kubernetes and the cloud, as its configuration says. It also resolves the host names of the policy, and tells the kernel which resolvers to believe. It runs until SIGTERM; SIGHUP makes it read its configuration again. The log goes to standard output, a JSON object in each line. share/systemd/riptides-agent.service runs it as a service.';
  static override examples = [
    { description: 'Run it in the foreground', command: '<%= config.bin %> agent' },
    {
      description: 'With another configuration, and all that it does in the log',
      command: '<%= config.bin %> agent --config agent.yaml --log-level debug',
    },
  ];
  static override flags = {
    config: configFlag,
    'log-level': Flags.option({ options: LOG_LEVELS })({
      description: 'what is worth a line in the log',
      env: 'RIPTIDES_LOG_LEVEL',
      default: 'info',
    }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(Agent);
    const { runAgent } = await import('../operations/agent.ts');
    const ending = new AbortController();
    process.once('SIGTERM', () => ending.abort());
    const level: LogLevel = flags['log-level'];
    await runAgent({
      file: flags.config,
      level,
      signal: AbortSignal.any([ending.signal, this.interrupted()]),
      onReload: (reload) => process.on('SIGHUP', reload),
      env: process.env,
    });
    return {};
  }
}
