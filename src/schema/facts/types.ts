// SPDX-License-Identifier: Apache-2.0
// What there is to say of a fact. The tables beside this file say it of each; the reference page is made of them.

import type { FactName } from '../../bundle/generated.ts';

/** What a value of a fact is; values.ts checks them. */
export type FactType =
  | 'id'
  | 'port'
  | 'count'
  | 'text'
  | 'path'
  | 'cgroup'
  | 'hash'
  | 'ip'
  | 'boolean'
  | 'direction'
  | 'process-name'
  | 'command-line';

/** Who finds out. */
export type FactSource =
  | 'kernel'
  | 'connection'
  | 'procfs'
  | 'kubelet'
  | 'docker'
  | 'systemd'
  | 'host'
  | 'cloud'
  | 'github'
  | 'proxmox'
  | 'macos'
  | 'operator';

/** A fact, or a family of facts that differ in the parts of their names in `<…>`. */
export interface Fact {
  /** The parts are parted by colons; `<key>` at the end stands for any text, elsewhere for text without a colon. */
  readonly name: string;
  readonly type: FactType;
  readonly source: FactSource;
  /** One sentence without a full stop. */
  readonly doc: string;
  /** Whether a process can have several values of it at once. */
  readonly many: boolean;
  /** Whether the process can choose the value itself, so that it proves nothing. */
  readonly forgeable: boolean;
  /** The fact of the bundle, where it is not `label`. */
  readonly native?: FactName | undefined;
}

/** The parts of a fact that most do not have. */
type Rest = Partial<Pick<Fact, 'type' | 'many' | 'forgeable' | 'native'>>;

/** Facts of one source, by name: a text about it, and what is not as usual (a single text that the process cannot choose). */
export function facts(
  source: FactSource,
  prefix: string,
  entries: Readonly<Record<string, string | readonly [string, Rest]>>,
): readonly Fact[] {
  return Object.entries(entries).map(([name, entry]) => {
    const [doc, rest]: readonly [string, Rest] = typeof entry === 'string' ? [entry, {}] : entry;
    return { name: `${prefix}${name}`, type: 'text', source, doc, many: false, forgeable: false, ...rest };
  });
}
