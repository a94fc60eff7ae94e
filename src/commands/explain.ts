// SPDX-License-Identifier: Apache-2.0

import { Args, Flags } from '@oclif/core';
import { RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { UserError } from '../errors.ts';

export default class Explain extends RiptidesCommand {
  static override summary = 'Explain which rule allows or denies a connection, or what a code means.';
  static override description =
    'Evaluates a policy with the code that the kernel module runs. The policy is a directory, a bundle (.rtb), a record (latest, ~1, g7), a revision of git, or live: what is in force on the target. Given the code of a diagnostic or an error (RTP1101, RTE1003), prints its page instead.';
  static override examples = [
    {
      description: 'A program of a user',
      command: '<%= config.bin %> explain --path /opt/shop/bin/web --uid 1001 --to 10.20.0.20:8080',
    },
    {
      description: 'A process that runs now, and a policy elsewhere',
      command: '<%= config.bin %> explain policies/shop --pid 4711 --to [fd00:20::20]:8080',
    },
    {
      description: 'An identity and a host name, at a given time',
      command: '<%= config.bin %> explain --as shop/web --to api.example.com:443 --time 2026-12-25T12:00:00Z',
    },
    {
      description: 'An address that has two names',
      command:
        '<%= config.bin %> explain --as shop/web --to 198.51.100.7:443 --host api.example.com --host cdn.example.com',
    },
    {
      description: 'Datagrams',
      command: '<%= config.bin %> explain --as shop/web --to 10.0.0.53:53 --protocol udp',
    },
    {
      description: 'An incoming connection',
      command:
        '<%= config.bin %> explain --as shop/api --from 10.20.0.10:40000 --port 8080 --peer spiffe://example.org/shop/web',
    },
    {
      description: 'What the kernel enforces now',
      command: '<%= config.bin %> explain live --pid 4711 --to 10.20.0.20:8080',
    },
    { description: 'A code', command: '<%= config.bin %> explain RTP1101' },
  ];
  static override args = {
    subject: Args.string({
      description: 'policy (directory, bundle, record, revision, live), or a code to look up',
      default: '.',
    }),
  };
  static override flags = {
    to: Flags.string({
      description: 'destination of the connection',
      helpValue: 'ADDRESS:PORT',
      exclusive: ['from'],
    }),
    host: Flags.string({
      description: 'a host name that the destination has; may be given several times',
      helpValue: 'NAME',
      multiple: true,
      dependsOn: ['to'],
    }),
    protocol: Flags.option({
      description: 'protocol by which it goes there',
      options: ['tcp', 'udp'] as const,
      default: 'tcp',
      exclusive: ['from'],
    })(),
    from: Flags.string({
      description: 'source of a connection that the process accepts',
      helpValue: 'ADDRESS:PORT',
    }),
    port: Flags.integer({
      description: 'port on which it is accepted',
      min: 1,
      max: 65_535,
      dependsOn: ['from'],
    }),
    peer: Flags.string({
      description: 'SPIFFE ID that the peer proves',
      helpValue: 'spiffe://…',
    }),
    time: Flags.string({ description: 'when; now unless given', helpValue: 'RFC3339' }),
    as: Flags.string({
      description: 'take facts that make a process this identity; other flags change them',
      helpValue: 'WORKLOADID',
      exclusive: ['pid'],
    }),
    pid: Flags.integer({ description: 'take the facts of this process; other flags change them', min: 1 }),
    name: Flags.string({ description: 'name of the process (process:name)' }),
    path: Flags.string({ description: 'path of its program (process:binary:path)' }),
    uid: Flags.integer({ description: 'effective user id (process:uid)', min: 0 }),
    gid: Flags.integer({ description: 'effective group id (process:gid)', min: 0 }),
    cmdline: Flags.string({ description: 'its command line (process:cmdline)' }),
    label: Flags.string({
      description: 'a fact that the kernel does not collect itself; may be given several times',
      helpValue: 'NAME=VALUE',
      multiple: true,
    }),
    node: sharedFlags.node,
    target: sharedFlags.target,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Explain);
    const { describeCode, renderCode } = await import('../explain/code.ts');
    const entry = describeCode(args.subject);
    if (entry !== undefined) {
      this.print(...renderCode(entry));
      return entry;
    }
    const other = flags.to ?? flags.from;
    if (other === undefined) {
      throw new UserError('usage', {
        message: 'there is no destination to explain',
        fix: 'give the destination of the connection, --to 10.0.0.1:443, or its source, --from 10.0.0.1:40000; a code to look up is written RTP1101',
      });
    }
    const { factsFromFlags } = await import('../explain/process.ts');
    const { parseEndpoint, parseHost, parsePeer, parseSource, parseTime } = await import(
      '../explain/question.ts'
    );
    const { explainConnection } = await import('../explain/explain.ts');
    const { renderExplanation } = await import('../explain/render.ts');
    const { name, note, ...remote } = flags.to === undefined ? parseSource(other) : parseEndpoint(other);
    const peer = flags.peer === undefined ? {} : { peer: parsePeer(flags.peer) };
    const time = parseTime(flags.time);
    const { namesInForce, openToExplain } = await import('../operations/explain.ts');
    const { policy, diagnostics, readSource } = await this.showing('compiling', ({ update }) =>
      openToExplain(args.subject, flags.target, flags.node, update),
    );
    await this.printDiagnostics(diagnostics);
    const names =
      flags.host?.map(parseHost) ??
      (flags.to === undefined || name !== undefined
        ? undefined
        : await namesInForce(args.subject, flags.target, remote.address));
    const question = {
      direction: flags.from === undefined ? ('output' as const) : ('input' as const),
      facts: factsFromFlags(flags, policy),
      connection: {
        remote,
        ...(flags.protocol === 'udp' ? { protocol: flags.protocol } : {}),
        time,
        localPort: flags.port,
        name,
        names,
        ...peer,
      },
    };
    const explanation = explainConnection(policy, question);
    this.printWrapped(renderExplanation({ question, other, note, explanation, readSource }, this.paint));
    const { facts } = question;
    const end = flags.from === undefined ? { to: other, protocol: flags.protocol } : { from: other };
    return { facts, ...end, note, port: flags.port, ...explanation };
  }
}
