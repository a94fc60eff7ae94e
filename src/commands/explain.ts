// SPDX-License-Identifier: Apache-2.0

import { Args, Flags } from '@oclif/core';
import { RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { UserError } from '../errors.ts';

export default class Explain extends RiptidesCommand {
  static override summary = 'May this process connect there, and which line says so?';
  static override description =
    'Compiles the policy and asks the evaluator that the kernel module has built in. With a code of a finding (RTP1101), explains that instead.';
  static override examples = [
    {
      description: 'A program of a user',
      command: '<%= config.bin %> explain --path /opt/shop/bin/web --uid 1001 --to 10.20.0.20:8080',
    },
    {
      description: 'A process that runs now, and a policy elsewhere',
      command: '<%= config.bin %> explain policies/shop --pid 4711 --to [fd00:20::20]:8080',
    },
    { description: 'A finding', command: '<%= config.bin %> explain RTP1101' },
  ];
  static override args = {
    subject: Args.string({
      description: 'directory of the policy, or the code of a finding',
      default: '.',
    }),
  };
  static override flags = {
    to: Flags.string({ description: 'where the connection goes', helpValue: 'ADDRESS:PORT' }),
    pid: Flags.integer({ description: 'take the facts of this process; other flags change them', min: 1 }),
    name: Flags.string({ description: 'name of the process (process:name)' }),
    path: Flags.string({ description: 'path of its program (process:binary:path)' }),
    uid: Flags.integer({ description: 'effective user id (process:uid)', min: 0 }),
    gid: Flags.integer({ description: 'effective group id (process:gid)', min: 0 }),
    cmdline: Flags.string({ description: 'its command line (process:cmdline)' }),
    node: sharedFlags.node,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Explain);
    const { describeCode, renderCode } = await import('../explain/code.ts');
    const entry = describeCode(args.subject);
    if (entry !== undefined) {
      this.log(renderCode(entry));
      return entry;
    }
    if (flags.to === undefined) {
      throw new UserError('usage', {
        message: 'there is no destination to explain',
        fix: 'say where the connection goes: --to 10.0.0.1:443',
      });
    }
    const { explainConnection, parseDestination } = await import('../explain/explain.ts');
    const { renderExplanation } = await import('../explain/render.ts');
    const { readProcessFacts } = await import('../explain/process.ts');
    const destination = parseDestination(flags.to);
    const facts = {
      ...(flags.pid === undefined ? {} : readProcessFacts(flags.pid)),
      ...(flags.name === undefined ? {} : { 'process:name': flags.name }),
      ...(flags.path === undefined ? {} : { 'process:binary:path': flags.path }),
      ...(flags.uid === undefined ? {} : { 'process:uid': flags.uid }),
      ...(flags.gid === undefined ? {} : { 'process:gid': flags.gid }),
      ...(flags.cmdline === undefined ? {} : { 'process:cmdline': flags.cmdline }),
    };
    const compilation = await this.compile(
      args.subject,
      flags.node === undefined ? {} : { node: flags.node },
    );
    const explanation = explainConnection(compilation, facts, destination);
    this.log(renderExplanation({ facts, to: flags.to, explanation }, this.paint));
    return { facts, to: flags.to, ...explanation };
  }
}
