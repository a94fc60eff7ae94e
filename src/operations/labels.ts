// SPDX-License-Identifier: Apache-2.0
// The labels of a process, as the agent would tell them to the kernel, and what the kernel knows of it by itself.

import { createLabelSource } from '../agent/labels/collectors.ts';
import type { LabelAnswer } from '../agent/labels/source.ts';
import type { Label } from '../agent/labels/types.ts';
import { labelName } from '../bundle/labels.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { readProcessFacts } from '../explain/process.ts';
import { readLabels, WHOLE_LABELS } from '../explain/process-labels.ts';
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
  const kernel = kernelLabels(pid);
  const source = createLabelSource(configuration.labels);
  try {
    return { kernel, answer: await source.collect(pid), diagnostics };
  } finally {
    source.close();
  }
}

/**
 * What the kernel decides by, but for variables of the environment. It takes that from the process itself; what /proc shows is the same unless
 * the process changes it meanwhile.
 */
function kernelLabels(pid: number): readonly Label[] {
  const facts = Object.entries(readProcessFacts(pid)).map(([name, value]) => ({
    name,
    value: String(value),
  }));
  const labels = readLabels(pid, WHOLE_LABELS).map((label) => {
    const name = labelName(label);
    return { name, value: label.slice(name.length + 1) };
  });
  return [...facts, ...labels].filter(({ value }) => value !== '');
}
