// SPDX-License-Identifier: Apache-2.0
// What the kernel and its agent tell one another, in words.

import { constants } from 'node:os';

import { isUserError } from '../errors.ts';
import type { Values } from './attributes.ts';
import { required } from './info.ts';
import { NetlinkError } from './transport.ts';

/** A program image that the kernel remembers: a process since its last exec. */
export interface Image {
  /** No two that are remembered at once have the same. */
  readonly number: bigint;
  readonly pid: number;
  /** Name of the main thread when the kernel first saw it. */
  readonly comm: string;
  /** Whether its labels have been told. */
  readonly isTold: boolean;
}

/** The kernel asks for the labels of an image. */
export interface LabelRequest extends Image {
  readonly id: bigint;
  /** Milliseconds that are left for the answer. */
  readonly within: number;
}

/** Labels for the kernel. */
export interface ToldLabels {
  /** `name=value` each. */
  readonly labels: readonly string[];
  /** When these are not all labels: the generation for which they are complete. */
  readonly generation?: number | undefined;
}

/** @throws UserError `module-version`, when the module says too little */
export function toImage(values: Values<'agent'>): Image {
  return {
    number: required('images', 'image', values.image),
    pid: required('images', 'pid', values.pid),
    comm: values.comm ?? '',
    isTold: values.told === true,
  };
}

/** @throws UserError `module-version`, when the module says too little */
export function toLabelRequest(values: Values<'agent'>): LabelRequest {
  return {
    ...toImage(values),
    id: required('request', 'request', values.request),
    within: required('request', 'within', values.within),
  };
}

/** The attributes of labels. */
export function labelAttributes({ labels, generation }: ToldLabels): Values<'agent'> {
  return {
    label: labels.map((label) => new TextEncoder().encode(label)),
    ...(generation === undefined ? {} : { generation: BigInt(generation) }),
  };
}

/** Whether the kernel took what it was told: it does not when a request is over, or a process gone. */
export async function isWanted(tell: () => Promise<unknown>): Promise<boolean> {
  try {
    await tell();
    return true;
  } catch (error) {
    const cause = isUserError(error) ? error.cause : undefined;
    if (cause instanceof NetlinkError && UNWANTED.has(cause.errno)) return false;
    throw error;
  }
}

const UNWANTED: ReadonlySet<number> = new Set([constants.errno.ENOENT, constants.errno.ESRCH]);
