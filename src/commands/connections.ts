// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { ruleWords } from '../bundle/words.ts';
import { directoryArg, RiptidesCommand } from '../cli/command.ts';
import { formatDuration } from '../cli/duration.ts';
import { refresh } from '../cli/refresh.ts';
import { EXIT } from '../errors.ts';
import { type ListedConnection, listConnections } from '../operations/connections.ts';
import { counted } from '../terminal/counted.ts';
import { table } from '../terminal/paint.ts';

/** How connections can be sorted: numbers the largest first. */
const SORTS = {
  since: (a: ListedConnection, b: ListedConnection) => a.since - b.since,
  sent: (a: ListedConnection, b: ListedConnection) => b.sent - a.sent,
  received: (a: ListedConnection, b: ListedConnection) => b.received - a.received,
  process: (a: ListedConnection, b: ListedConnection) => a.process.pid - b.process.pid,
  identity: (a: ListedConnection, b: ListedConnection) => compare(a.identity, b.identity),
  peer: (a: ListedConnection, b: ListedConnection) => compare(a.remote, b.remote),
} as const;
const SORT_NAMES = ['since', 'sent', 'received', 'process', 'identity', 'peer'] as const;

export default class Connections extends RiptidesCommand {
  static override summary = 'List the connections of this host, and the rule that allows each.';
  static override description =
    'Asks the kernel for the connections that processes have begun or accepted under a policy: who has it, with whom, by which rule, since when, and how many bytes. When a policy comes into force that denies one, it is closed. Connections from before the first policy, or from before the module was loaded, are not among them.';
  static override examples = [
    { description: 'List all', command: '<%= config.bin %> connections' },
    {
      description: 'Those of one identity, the busiest first',
      command: '<%= config.bin %> connections --identity shop/web --sort sent',
    },
    { description: 'For a program', command: '<%= config.bin %> connections --json' },
  ];
  static override args = { directory: directoryArg };
  static override flags = {
    direction: Flags.option({ options: ['connect', 'accept'] as const })({
      description: 'only those that a process began (connect) or accepted',
    }),
    identity: Flags.string({ description: 'only those of a workload ID', helpValue: 'ID' }),
    service: Flags.string({ description: 'only those to a service', helpValue: 'NAME' }),
    pid: Flags.integer({ description: 'only those of a process', helpValue: 'N', min: 0 }),
    sort: Flags.option({ options: SORT_NAMES })({
      description: 'what they are sorted by; numbers are sorted with the largest first',
      default: 'since',
    }),
    watch: Flags.boolean({ description: 'refresh the list each second, until Ctrl-C' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Connections);
    const { direction, identity, service, pid, sort } = flags;
    const look = async (): Promise<readonly ListedConnection[]> =>
      (await listConnections(args.directory))
        .filter(
          (one) =>
            (direction === undefined || one.direction === direction) &&
            (identity === undefined || one.identity === identity) &&
            (service === undefined || one.service === service) &&
            (pid === undefined || one.process.pid === pid),
        )
        .sort(SORTS[sort]);
    const show = (connections: readonly ListedConnection[]): void => this.print(...render(connections));
    if (flags.watch && !this.jsonEnabled() && process.stdout.isTTY === true) {
      const last = await refresh(this.interrupted(), look, show);
      process.exitCode = EXIT.interrupted;
      return { connections: last };
    }
    const connections = await look();
    show(connections);
    return { connections };
  }
}

function render(connections: readonly ListedConnection[]): readonly string[] {
  const now = Date.now();
  const rows = connections.map(
    ({
      process: { pid, name },
      identity,
      direction,
      remote,
      service,
      since,
      sent,
      received,
      rule,
      state,
    }) => [
      String(pid),
      name ?? '',
      identity ?? '-',
      direction === 'connect' ? '→' : '←',
      remote,
      service ?? '-',
      formatDuration(now - since),
      bytes(sent),
      bytes(received),
      `${rule === undefined ? '-' : ruleWords(rule)}${state === 'established' ? '' : `  ${state}`}`,
    ],
  );
  const header = ['pid', 'process', 'identity', '', 'peer', 'service', 'since', 'sent', 'received', 'rule'];
  return [
    ...(rows.length === 0 ? [] : table([header, ...rows], [0, 6, 7, 8])),
    counted(rows.length, 'connection'),
  ];
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A number of bytes with three digits: `512 B`, `1.2 MB`. */
function bytes(count: number): string {
  const power = Math.min(count < 1000 ? 0 : Math.floor(Math.log10(count) / 3), UNITS.length - 1);
  const value = count / 1000 ** power;
  return `${power === 0 ? value : value.toPrecision(3)} ${UNITS[power]}`;
}

function compare(a: string | undefined, b: string | undefined): number {
  const [first, second] = [a ?? '', b ?? ''];
  return first < second ? -1 : first > second ? 1 : 0;
}
