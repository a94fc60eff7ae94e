// SPDX-License-Identifier: Apache-2.0
// Metadata services of clouds. They are asked at an address, never by a name that somebody could answer for, and never through a proxy.

import * as z from 'zod';
import type { HostOptions } from './host.ts';
import type { Request } from './http.ts';

export interface CloudOptions extends Pick<HostOptions, 'deadline' | 'lifetime'> {
  /** Where the metadata service is. */
  readonly host?: string;
  readonly port?: number;
}

/** Of all three clouds. */
const METADATA_ADDRESS = '169.254.169.254';
/** Bytes of an answer. */
export const LONGEST_ANSWER = 1024 * 1024;
/** Bytes of a value that is a text alone. */
export const LONGEST_TEXT = 16 * 1024;

/** A request for a path of the metadata service. */
export function requestTo(
  { host = METADATA_ADDRESS, port = 80 }: CloudOptions,
  path: string,
  most: number,
  headers: Readonly<Record<string, string>> = {},
): Request {
  return { host, port, path, most, headers };
}

const record = z.record(z.string(), z.unknown());

/** @throws when a value is not a map */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return record.parse(value);
}

/** A text that may be absent, in a schema of an answer. */
export const text = z.string().nullish();
export const texts = z.array(z.string()).nullish();

/** The entries of a map that are a text, a number, true or false, or a list of such. */
export function scalars(map: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  return Object.entries(map).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((one: unknown) => ['string', 'number', 'boolean'].includes(typeof one))
      .map((one) => [name, String(one)] as const),
  );
}
