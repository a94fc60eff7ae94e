// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { startProgress } from '../../src/terminal/progress.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function terminal(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string): boolean => written.push(text) > 0;
  return { written, stream: { isTTY, columns: 30, write } as unknown as NodeJS.WriteStream };
}

test('work that is short is not shown', () => {
  const { written, stream } = terminal(true);
  const progress = startProgress(stream, 'building');
  jest.advanceTimersByTime(900);
  progress.done();
  expect(written).toEqual([]);
});

test('work that takes longer is shown in one line, which is cleared when it is done', () => {
  const { written, stream } = terminal(true);
  const progress = startProgress(stream, 'building');
  jest.advanceTimersByTime(1100);
  progress.update('sent 10 of 20 MiB\u001b[2J and much more');
  jest.advanceTimersByTime(1000);
  progress.done();
  const frames = written.length;
  jest.advanceTimersByTime(5000);
  expect(written).toHaveLength(frames);
  expect(written[0]).toBe('\r\u001b[Kbuilding  1 s');
  expect(written.join('')).not.toContain('\u001b[2J');
  expect(written.every((text) => text.length <= 33 && !text.includes('\n'))).toBe(true);
  expect(written.at(-1)).toBe('\r\u001b[K');
});

test.each([
  ['a pipe', false, false],
  ['JSON', true, true],
])('nothing is shown with %s', (_, isTTY, quiet) => {
  const { written, stream } = terminal(isTTY);
  const progress = startProgress(stream, 'building', quiet);
  jest.advanceTimersByTime(5000);
  progress.update('half');
  progress.done();
  expect(written).toEqual([]);
});
