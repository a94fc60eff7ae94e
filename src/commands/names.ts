// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { formatAddress, parseAddress } from '../bundle/address.ts';
import { compareText } from '../bundle/text.ts';
import { RiptidesCommand } from '../cli/command.ts';
import { formatDuration } from '../cli/duration.ts';
import { refresh } from '../cli/refresh.ts';
import { EXIT } from '../errors.ts';
import { createNamesLister, type ListedName, type ListedNames } from '../operations/names.ts';
import { counted } from '../terminal/counted.ts';
import { table } from '../terminal/paint.ts';

/** How addresses can be sorted: those that are forgotten first come first. */
const SORTS = {
  name: () => 0,
  address: (a: ListedName, b: ListedName) => compareText(a.address, b.address),
  left: (a: ListedName, b: ListedName) => a.left - b.left,
} as const;
const SORT_NAMES = ['name', 'address', 'left'] as const;

export default class Names extends RiptidesCommand {
  static override summary = 'List the addresses of host names that the kernel holds.';
  static override description =
    'Asks the kernel which addresses the host names of the policy in force have: what the agent says, and what was learnt from answers of DNS, each with the time until it is forgotten unless it is said again. Names of the policy that have no address are named as well: no connection can be granted by them.';
  static override examples = [
    { description: 'List all', command: '<%= config.bin %> names' },
    { description: 'Those of one name', command: '<%= config.bin %> names --name api.example.com' },
    { description: 'The names of an address', command: '<%= config.bin %> names --address 198.51.100.7' },
    { description: 'For a program', command: '<%= config.bin %> names --json' },
  ];
  static override flags = {
    name: Flags.string({ description: 'only those of a name', helpValue: 'NAME' }),
    address: Flags.string({ description: 'only the names of an address', helpValue: 'ADDRESS' }),
    source: Flags.option({ options: ['agent', 'dns'] as const })({
      description: 'only what the agent says, or what was learnt from DNS',
    }),
    sort: Flags.option({ options: SORT_NAMES })({
      description: 'sort by name, address, or time left (the shortest first)',
      default: 'name',
    }),
    watch: Flags.boolean({
      description: 'refresh the list each second, until Ctrl-C',
      exclusive: ['json'],
    }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(Names);
    const { source, sort } = flags;
    const name = flags.name?.toLowerCase().replace(/\.$/, '');
    const address = flags.address === undefined ? undefined : normalise(flags.address);
    const list = createNamesLister();
    const look = async (): Promise<ListedNames> => {
      const { names, without } = await list();
      return {
        names: names
          .filter(
            (one) =>
              (name === undefined || one.name === name) &&
              (address === undefined || one.address === address) &&
              (source === undefined || one.sources.includes(source)),
          )
          .sort(SORTS[sort]),
        // A name without an address has neither an address nor a source.
        without:
          address === undefined && source === undefined
            ? without.filter((one) => name === undefined || one === name)
            : [],
      };
    };
    if (flags.watch) {
      const last = await refresh(this.interrupted(), look, (names) =>
        this.printAll(render(names, process.stdout.rows)),
      );
      process.exitCode = EXIT.interrupted;
      return last;
    }
    const names = await look();
    this.printAll(render(names));
    return names;
  }
}

/** The address as it is listed; a text that is none is left as it is, and matches nothing. */
function normalise(text: string): string {
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
}

/** @param most lines, where they must fit a screen */
function render({ names, without }: ListedNames, most = Number.POSITIVE_INFINITY): readonly string[] {
  const shown = names.slice(0, Math.max(1, most - 4));
  const rows = shown.map(({ name, address, sources, left }) => [
    name,
    address,
    sources.join(', '),
    formatDuration(left),
  ]);
  const hidden = names.length - rows.length;
  return [
    ...(rows.length === 0 ? [] : table([['name', 'address', 'source', 'left'], ...rows], [3])),
    `${counted(names.length, 'address', 'addresses')}${hidden === 0 ? '' : `, ${hidden} of them not shown`}`,
    ...(without.length === 0
      ? []
      : [`${counted(without.length, 'name')} of the policy without an address: ${listed(without)}`]),
  ];
}

const LISTED = 10;

function listed(names: readonly string[]): string {
  const rest = names.length - LISTED;
  return `${names.slice(0, LISTED).join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`;
}
