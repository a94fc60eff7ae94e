// SPDX-License-Identifier: Apache-2.0

import { Args } from '@oclif/core';
import { RiptidesCommand } from '../cli/command.ts';
import { inspectBundle } from '../inspect/inspect.ts';
import { renderInspection } from '../inspect/render.ts';

export default class Inspect extends RiptidesCommand {
  static override summary = 'Print what a bundle contains.';
  static override description =
    'Verifies the whole bundle first, as the kernel would. With the source map beside it, each rule is shown with its line.';
  static override examples = [
    { description: 'What is in a bundle', command: '<%= config.bin %> inspect policy.rtb' },
    { description: 'For a program', command: '<%= config.bin %> inspect policy.rtb --json' },
  ];
  static override args = {
    bundle: Args.string({ description: 'a bundle that "riptides compile" wrote', required: true }),
  };

  async run(): Promise<object> {
    const { args } = await this.parse(Inspect);
    const inspection = await inspectBundle(args.bundle);
    this.print(...renderInspection(inspection, this.paint));
    return inspection;
  }
}
