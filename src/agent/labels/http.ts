// SPDX-License-Identifier: Apache-2.0
// One bounded request to a source of labels. Nothing that it sends is trusted: not its length, not its form, not where it says to go on.

import { request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { messageOf, systemCode } from '../../errors.ts';
import { NoAnswer } from './types.ts';

/** Bytes of an answer: a kubelet lists all of its pods in one. */
export const MOST_ANSWERED = 16 * 1024 * 1024;

export interface Request
  extends Pick<RequestOptions, 'socketPath' | 'host' | 'port' | 'path' | 'method' | 'headers'> {
  /** Certificates and keys, for HTTPS. */
  readonly tls?: {
    readonly ca?: string | undefined;
    readonly servername?: string | undefined;
    readonly rejectUnauthorized?: boolean;
  };
  /** Bytes of the answer; MOST_ANSWERED unless given. */
  readonly most?: number;
}

/**
 * The text of an answer; undefined when the source says that there is no such thing (404). Redirects are not followed.
 *
 * @throws NoAnswer
 */
export async function getText(request: Request, signal: AbortSignal): Promise<string | undefined> {
  const { tls, most = MOST_ANSWERED, ...options } = request;
  return new Promise((resolve, reject) => {
    const send = tls === undefined ? requestHttp : requestHttps;
    const fail = (error: unknown): void => reject(asNoAnswer(error));
    const outgoing = send({ ...options, ...tls, agent: false, signal }, (answer) => {
      const { statusCode } = answer;
      if (statusCode !== 200) {
        answer.destroy();
        if (statusCode === 404) resolve(undefined);
        else fail(new NoAnswer(`it answered with HTTP status ${statusCode}`));
        return;
      }
      const parts: Buffer[] = [];
      let length = 0;
      answer.on('data', (part: Buffer) => {
        parts.push(part);
        length += part.length;
        if (length <= most) return;
        answer.destroy(new NoAnswer(`its answer has more than ${most} bytes`));
      });
      answer.on('error', fail);
      answer.on('end', () => resolve(Buffer.concat(parts).toString('utf8')));
      answer.on('close', () => fail(new NoAnswer('it closed the connection before the end of its answer')));
    });
    outgoing.on('error', fail);
    outgoing.end();
  });
}

/** An answer as JSON, checked by `parse`, which throws what is wrong. */
export async function getJson<T>(
  request: Request,
  parse: (value: unknown) => T,
  signal: AbortSignal,
): Promise<T | undefined> {
  const text = await getText(request, signal);
  return text === undefined ? undefined : parseJson(text, parse);
}

/** @throws NoAnswer, when a text is not JSON or not of the form that `parse` takes */
export function parseJson<T>(text: string, parse: (value: unknown) => T): T {
  let value: unknown;
  try {
    value = JSON.parse(text, exactNumbers);
  } catch (error) {
    throw new NoAnswer('its answer is not JSON', error);
  }
  try {
    return parse(value);
  } catch (error) {
    throw new NoAnswer('its answer does not have the documented form', error);
  }
}

/** A number that JavaScript would round becomes the text that was written: ids and sets of 64 bits. */
function exactNumbers(...[, value, context]: readonly unknown[]): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const { source }: { readonly source?: unknown } = Object(context);
  return source ?? value;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no socket',
  ECONNREFUSED: 'nobody listens there',
  EACCES: 'this user may not connect to it',
  EPERM: 'this user may not connect to it',
  ECONNRESET: 'it closed the connection before the end of its answer',
  ABORT_ERR: 'it did not answer in time',
};

/** An error of a request, in words of ours. */
export function asNoAnswer(error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error;
  return new NoAnswer(REASONS[systemCode(error) ?? ''] ?? messageOf(error), error);
}
