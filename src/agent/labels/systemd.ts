// SPDX-License-Identifier: Apache-2.0
// systemd: facts of the unit that a process belongs to, asked of the system's manager over D-Bus by busctl, which comes with systemd
// (docs/decisions/collectors.md). Units of users' own managers are not facts: a user can give them any name.

import { execFile } from 'node:child_process';
import * as z from 'zod';
import { systemCode } from '../../errors.ts';
import { CAPABILITIES } from './capabilities.ts';
import { isWithin, managedPath, type Unit, unitOf } from './cgroup.ts';
import { parseJson } from './http.ts';
import { type Collector, type Found, type Label, NoAnswer } from './types.ts';

export interface SystemdOptions {
  /** The socket of the system bus. */
  readonly socket: string;
  readonly deadline: number;
  readonly lifetime: number;
  /** Variables of units that become labels. */
  readonly environment: readonly string[];
  readonly busctl?: string;
}

/** Bytes that busctl may print: a unit has some 400 properties. */
const MOST_PRINTED = 4 * 1024 * 1024;

/** Collects `systemd:…`. Where systemd does not answer, the unit and its slice are read from the cgroup; the collector still counts as silent. */
export function createSystemdCollector(options: SystemdOptions): Collector {
  const { deadline, lifetime, environment } = options;
  return {
    name: 'systemd',
    deadline,
    lifetime,
    keyOf: ({ cgroup }) => (cgroup === undefined ? undefined : unitOf(cgroup)?.path),
    find: async (path, signal) => {
      const unit = unitOf(path);
      if (unit === undefined) return undefined;
      const object = `/org/freedesktop/systemd1/unit/${pathLabel(unit.name)}`;
      return readUnit(unit, await ask(object, options, signal), environment);
    },
    // The outermost name of a path, where only root creates cgroups.
    fallback: (path) => {
      const unit = unitOf(path);
      if (unit === undefined) return [];
      return [
        { name: 'systemd:unit', value: unit.name },
        { name: 'systemd:slice', value: unit.slice },
      ];
    },
    check: async (signal) => {
      const { Version } = readProperties(await ask('/org/freedesktop/systemd1', options, signal));
      return `systemd ${typeof Version?.data === 'string' ? Version.data : 'of an unknown version'}`;
    },
  };
}

type Properties = z.output<typeof properties>;

/** As busctl prints a map of variants. */
const properties = z.record(z.string(), z.object({ type: z.string(), data: z.unknown() }));
const answer = z.object({ data: z.tuple([properties]) });

/** A name as a part of an object path: what is no letter or digit in hexadecimal. */
function pathLabel(name: string): string {
  return name.replace(/[^A-Za-z0-9]|^[0-9]/g, (c) => `_${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** All properties of an object, of all of its interfaces, as busctl prints them. */
async function ask(path: string, options: SystemdOptions, signal: AbortSignal): Promise<string> {
  const { socket, busctl = 'busctl', deadline } = options;
  const args = [
    `--address=unix:path=${socket}`,
    `--timeout=${Math.max(1, Math.ceil(deadline / 1000))}`,
    '--json=short',
    'call',
    'org.freedesktop.systemd1',
    path,
    'org.freedesktop.DBus.Properties',
    'GetAll',
    's',
    '',
  ];
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  return new Promise((resolve, reject) => {
    execFile(
      busctl,
      args,
      { env, signal, killSignal: 'SIGKILL', maxBuffer: MOST_PRINTED },
      (error, stdout) => {
        if (error === null) resolve(stdout);
        else reject(new NoAnswer(REASONS[systemCode(error) ?? ''] ?? 'busctl could not ask systemd', error));
      },
    );
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'busctl is not installed',
  ABORT_ERR: 'it did not answer in time',
  ERR_CHILD_PROCESS_STDIO_MAXBUFFER: `its answer has more than ${MOST_PRINTED} bytes`,
};

/** Simple properties of a unit by the labels that they become. */
const TEXTS = {
  description: 'Description',
  type: 'Type',
  'load-state': 'LoadState',
  'active-state': 'ActiveState',
  'sub-state': 'SubState',
  'unit-file-state': 'UnitFileState',
  result: 'Result',
  'fragment-path': 'FragmentPath',
  user: 'User',
  group: 'Group',
  'main-pid': 'MainPID',
  restarts: 'NRestarts',
  'dynamic-user': 'DynamicUser',
} as const;

function readProperties(text: string): Properties {
  return parseJson(text, (value) => answer.parse(value)).data[0];
}

/** What systemd says of a unit; undefined when it does not know it. @throws NoAnswer */
export function readUnit(unit: Unit, text: string, environment: readonly string[]): Found | undefined {
  const all = readProperties(text);
  const data = (name: string): unknown => all[name]?.data;
  const cgroup = data('ControlGroup');
  if (data('LoadState') === 'not-found' || typeof cgroup !== 'string') return undefined;
  const label = (name: string, value: unknown): readonly Label[] =>
    ['string', 'number', 'boolean'].includes(typeof value) && value !== ''
      ? [{ name: `systemd:${name}`, value: String(value) }]
      : [];
  const labels = [
    ...label('unit', unit.name),
    ...label('slice', data('Slice') ?? unit.slice),
    ...Object.entries(TEXTS).flatMap(([name, property]) => label(name, data(property))),
    ...label('invocation-id', invocationId(data('InvocationID'))),
    ...label('started-at', startedAt(data('ActiveEnterTimestamp'))),
    ...capabilities(data('CapabilityBoundingSet')).flatMap((name) => label('capability-bounding-set', name)),
    ...commands(data('ExecStart')).flatMap((command) => label('exec-start', command)),
    ...texts(data('Environment')).flatMap((variable) => {
      const [, name = '', value = ''] = /^([^=]*)=([^]*)$/.exec(variable) ?? [];
      return environment.includes(name) ? label(`env:${name}`, value) : [];
    }),
  ];
  // The manager says where the processes of the unit are: another cgroup of that name is not the unit's.
  return {
    labels,
    includes: async ({ cgroups }) => isWithin(managedPath(cgroups) ?? '', cgroup) && unit.path === cgroup,
  };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function invocationId(value: unknown): string | undefined {
  const bytes = z.array(z.int().min(0).max(255)).length(16).safeParse(value);
  return bytes.success ? Buffer.from(bytes.data).toString('hex') : undefined;
}

/** Microseconds since 1970, as RFC 3339. */
function startedAt(value: unknown): string | undefined {
  const microseconds = typeof value === 'number' ? value : 0;
  return microseconds > 0 ? new Date(microseconds / 1000).toISOString() : undefined;
}

function capabilities(value: unknown): readonly string[] {
  // As text where JavaScript has no number for it.
  if (!/^[0-9]{1,20}$/.test(String(value))) return [];
  const set = BigInt(String(value));
  return CAPABILITIES.filter((_, bit) => (set >> BigInt(bit)) & 1n);
}

/** Commands with their arguments, joined by one space. */
function commands(value: unknown): readonly string[] {
  const list = z.array(z.tuple([z.string(), z.array(z.string())], z.unknown())).safeParse(value);
  return list.success ? list.data.map(([path, [, ...args]]) => [path, ...args].join(' ')) : [];
}
