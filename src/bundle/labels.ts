// SPDX-License-Identifier: Apache-2.0
// Labels: who finds them out, the kernel or the agent, and what of them the kernel has to look for.

import { KERNEL_LABELS } from './generated.ts';

const WHOLE: ReadonlySet<string> = new Set(KERNEL_LABELS.filter(({ open }) => !open).map(({ name }) => name));
const OPEN = KERNEL_LABELS.filter(({ open }) => open).map(({ name }) => `${name}:`);

const ENV = 'process:env:';
const GROUP = 'process:gid:additional=';

/** The name of a label, name=value. */
export function labelName(label: string): string {
  const end = label.indexOf('=');
  return end < 0 ? label : label.slice(0, end);
}

/** Whether the kernel collects labels of this name itself. */
export function isKernelLabel(name: string): boolean {
  return WHOLE.has(name) || OPEN.some((start) => name.length > start.length && name.startsWith(start));
}

/** The variable of the environment that a name of a label is about. */
export function envName(name: string): string | undefined {
  return name.startsWith(ENV) && name.length > ENV.length ? name.slice(ENV.length) : undefined;
}

/** Whether a label is about one supplementary group. */
export function isGroupLabel(label: string): boolean {
  return label.startsWith(GROUP);
}
