// SPDX-License-Identifier: Apache-2.0

import { Args } from '@oclif/core';
import type { CollectorReport, LabelAnswer } from '../agent/labels/source.ts';
import type { Label } from '../agent/labels/types.ts';
import { configFlag, RiptidesCommand } from '../cli/command.ts';
import { EXIT, UserError } from '../errors.ts';
import { collectLabels, type ProcessLabels } from '../operations/labels.ts';
import { counted } from '../terminal/counted.ts';
import { quoted } from '../terminal/visible.ts';

export default class Labels extends RiptidesCommand {
  static override summary = 'Show what is known of a process, and who knows it.';
  static override description =
    'Asks the collectors of the agent for the labels of a process: systemd, Docker, Podman, Kubernetes, the cloud, the host, as the configuration of the agent has them. Shows them under the names that selectors use, with the time that each collector took. The kernel module need not be loaded: what it collects by itself is read from /proc instead.';
  static override examples = [
    { description: 'Of a process', command: '<%= config.bin %> labels 4711' },
    { description: 'For a program', command: '<%= config.bin %> labels 4711 --json' },
    {
      description: 'By another configuration than /etc/riptides/agent.yaml',
      command: '<%= config.bin %> labels 4711 --config agent.yaml',
    },
  ];
  static override args = {
    pid: Args.custom<number>({ parse: async (text) => parsePid(text) })({
      description: 'process ID, as ps shows it',
      required: true,
    }),
  };
  static override flags = {
    config: configFlag,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Labels);
    const labels = await collectLabels(args.pid, flags.config);
    await this.printDiagnostics(labels.diagnostics);
    this.printAll(this.render(labels));
    if (labels.answer.process === 'changed') process.exitCode = EXIT.stale;
    return { kernel: labels.kernel, ...labels.answer };
  }

  private render({ kernel, answer }: ProcessLabels): readonly string[] {
    const { collectors } = answer;
    return [
      this.paint('bold', 'kernel'),
      ...rows(kernel),
      ...collectors
        .filter(({ labels }) => labels.length > 0)
        .flatMap((report) => [
          '',
          `${this.paint('bold', report.name)}  ${this.paint('dim', time(report))}${dropped(report)}`,
          ...rows(report.labels),
        ]),
      '',
      ...this.renderRest(collectors),
      this.renderSum(answer),
    ];
  }

  /** The collectors that have no labels, or no answer. */
  private renderRest(collectors: readonly CollectorReport[]): readonly string[] {
    const silent = collectors.filter(({ outcome }) => outcome === 'no-answer');
    const nothing = collectors.filter(({ outcome }) => outcome === 'nothing').map(({ name }) => name);
    return [
      ...silent.map(
        (report) => `${this.paint('red', 'no answer')}  ${report.name}: ${report.reason} (${time(report)})`,
      ),
      ...(nothing.length === 0 ? [] : [`${this.paint('dim', 'nothing')}  ${nothing.join(', ')}`]),
    ];
  }

  private renderSum({ labels, process, complete }: LabelAnswer): string {
    if (process === 'changed')
      return `${this.paint('red', 'changed')}  the process ended, ran another program or moved to another cgroup meanwhile; ask again`;
    return `${counted(labels.length, 'label')}${complete ? '' : ', and some are missing'}`;
  }
}

/** The largest number that a kernel of 64 bits gives (PID_MAX_LIMIT). */
const LARGEST_PID = 4_194_304;

function parsePid(text: string): number {
  const pid = /^[1-9][0-9]{0,6}$/.test(text) ? Number(text) : 0;
  if (pid >= 1 && pid <= LARGEST_PID) return pid;
  throw new UserError('usage', {
    message: `${quoted(text)} is not a process ID`,
    fix: `write a whole number from 1 to ${LARGEST_PID}, as ps prints it`,
  });
}

function rows(labels: readonly Label[]): readonly string[] {
  return labels.map(({ name, value }) => `  ${name}: ${value}`);
}

function time({ milliseconds }: CollectorReport): string {
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

/** What was left out, by the reason. */
function dropped({ dropped }: CollectorReport): string {
  const parts = Object.entries(dropped).map(([reason, count]) => `${count} ${reason}`);
  return parts.length === 0 ? '' : `  left out: ${parts.join(', ')}`;
}
