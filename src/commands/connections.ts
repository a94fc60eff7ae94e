// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { compareText } from '../bundle/text.ts';
import { ruleWords } from '../bundle/words.ts';
import { directoryArg, RiptidesCommand } from '../cli/command.ts';
import { formatDuration } from '../cli/duration.ts';
import { refresh } from '../cli/refresh.ts';
import { EXIT } from '../errors.ts';
import { createLister, type ListedConnection } from '../operations/connections.ts';
import { counted } from '../terminal/counted.ts';
import { table } from '../terminal/paint.ts';

/** How connections can be sorted: the oldest and the busiest first. */
const SORTS = {
  since: (a: ListedConnection, b: ListedConnection) => a.since - b.since,
  sent: (a: ListedConnection, b: ListedConnection) => b.sent - a.sent,
  received: (a: ListedConnection, b: ListedConnection) => b.received - a.received,
  process: (a: ListedConnection, b: ListedConnection) => a.process.pid - b.process.pid,
  identity: (a: ListedConnection, b: ListedConnection) => compareText(a.identity ?? '', b.identity ?? ''),
  peer: (a: ListedConnection, b: ListedConnection) => compareText(a.remote, b.remote),
} as const;
const SORT_NAMES = ['since', 'sent', 'received', 'process', 'identity', 'peer'] as const;

export default class Connections extends RiptidesCommand {
  static override summary = 'List the connections of this host, and the rule that allows each.';
  static override description =
    'Asks the kernel for the connections that processes have begun or accepted under a policy: who has it, with whom, by which rule, since when, and how many bytes. When a policy comes into force that denies one, it is closed. Connections from before the first policy, or from before the module was loaded, upgraded or armed again, are not among them.';
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
      description:
        'sort by age (the oldest first), bytes sent or received (the most first), process ID, identity or peer',
      default: 'since',
    }),
    watch: Flags.boolean({
      description: 'refresh the list each second, until Ctrl-C',
      exclusive: ['json'],
    }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Connections);
    const { direction, identity, service, pid, sort } = flags;
    const list = createLister(args.directory);
    const look = async (): Promise<readonly ListedConnection[]> =>
      (await list())
        .filter(
          (one) =>
            (direction === undefined || one.direction === direction) &&
            (identity === undefined || one.identity === identity) &&
            (service === undefined || one.service === service) &&
            (pid === undefined || one.process.pid === pid),
        )
        .sort(SORTS[sort]);
    if (flags.watch) {
      const last = await refresh(this.interrupted(), look, (connections) =>
        this.printAll(render(connections, process.stdout.rows)),
      );
      process.exitCode = EXIT.interrupted;
      return { connections: last };
    }
    const connections = await look();
    this.printAll(render(connections));
    return { connections };
  }
}

/** @param most lines, where they must fit a screen */
function render(
  connections: readonly ListedConnection[],
  most = Number.POSITIVE_INFINITY,
): readonly string[] {
  const now = Date.now();
  const shown = connections.slice(0, Math.max(1, most - 3));
  const rows = shown.map(
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
  const left = connections.length - rows.length;
  return [
    ...(rows.length === 0 ? [] : table([header, ...rows], [0, 6, 7, 8])),
    `${counted(connections.length, 'connection')}${left === 0 ? '' : `, ${left} of them not shown`}`,
  ];
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A number of bytes with three digits: `512 B`, `1.20 MB`. */
function bytes(count: number): string {
  let value = count;
  let power = 0;
  // From 999.5 on it would be rounded to four digits.
  while (value >= (power === 0 ? 1000 : 999.5) && power < UNITS.length - 1) {
    value /= 1000;
    power++;
  }
  return `${power === 0 || value >= 999.5 ? Math.round(value) : value.toPrecision(3)} ${UNITS[power]}`;
}
