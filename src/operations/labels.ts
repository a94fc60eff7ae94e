// SPDX-License-Identifier: Apache-2.0
// The labels of a process, as the agent would tell them to the kernel, and what the kernel knows of it by itself.

import { createLabelSource } from '../agent/labels/collectors.ts';
import { openProcess } from '../agent/labels/process.ts';
import type { LabelAnswer } from '../agent/labels/source.ts';
import type { Label } from '../agent/labels/types.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { readConfiguration } from './agent-configuration.ts';

export interface ProcessLabels {
  /** What the kernel module collects by itself, read from /proc here. */
  readonly kernel: readonly Label[];
  readonly answer: LabelAnswer;
  /** Warnings about the configuration. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Collects the labels of a process, without the kernel module.
 *
 * @param file of the configuration; /etc/riptides/agent.yaml unless given, and the defaults where that does not exist
 * @throws UserError usage, when there is no such process or it may not be looked at
 * @throws PolicyRefused when the configuration has errors
 */
export async function collectLabels(pid: number, file?: string): Promise<ProcessLabels> {
  const { configuration, diagnostics } = readConfiguration(file);
  const kernel = await kernelLabels(pid);
  const source = createLabelSource(configuration.labels);
  try {
    return { kernel, answer: await source.collect(pid), diagnostics };
  } finally {
    source.close();
  }
}

/** Facts that the kernel decides by. It takes them from the process itself; what /proc shows is the same unless the process changes it meanwhile. */
async function kernelLabels(pid: number): Promise<readonly Label[]> {
  const process = await openProcess(pid);
  try {
    const [name, cmdline, path] = await Promise.all([
      process.read('comm'),
      process.read('cmdline'),
      process.link('exe').catch(() => ''),
    ]);
    const labels = [
      { name: 'process:name', value: name.replace(/\n$/, '') },
      { name: 'process:binary:path', value: path },
      { name: 'process:uid', value: String(process.uid) },
      { name: 'process:gid', value: String(process.gid) },
      { name: 'process:cmdline', value: cmdline.replace(/\0$/, '').replaceAll('\0', ' ') },
    ];
    return labels.filter(({ value }) => value !== '');
  } finally {
    await process.close();
  }
}
