// SPDX-License-Identifier: Apache-2.0
// That work goes on, shown on a terminal while it lasts: one line on standard error, which is gone when the work is done.

import { toTerminal } from './output.ts';
import { maskSecrets } from './secrets.ts';
import { widthOf } from './visible.ts';

/** Work that takes less is not shown. */
const SHOWN_AFTER_MS = 1000;
const REDRAWN_EACH_MS = 200;

export interface Progress {
  /** Says how far the work is. */
  readonly update: (text: string) => void;
  /** Clears the line. */
  readonly done: () => void;
}

type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;

/** Shows a text for as long as the work takes, with the seconds that it has taken. Nothing where nobody looks: a pipe, or `quiet`. */
export function startProgress(stream: Terminal, text: string, quiet = false): Progress {
  if (quiet || !stream.isTTY) return { update: () => {}, done: () => {} };
  const began = Date.now();
  let current = text;
  let drawn = 0;
  const draw = (): void => {
    const now = Date.now();
    if (now - began < SHOWN_AFTER_MS || now - drawn < REDRAWN_EACH_MS) return;
    drawn = now;
    const seconds = Math.floor((now - began) / 1000);
    // A terminal that does not know its width says 0.
    const most = Math.max((stream.columns || 80) - 1, 1);
    let line = toTerminal(maskSecrets(`${current}  ${seconds} s`)).slice(0, most);
    while (widthOf(line) > most) line = line.slice(0, -1);
    stream.write(`\r\u001b[K${line}`);
  };
  const timer = setInterval(draw, REDRAWN_EACH_MS).unref();
  return {
    update: (next) => {
      current = next;
      // Work that leaves no time to timers draws here.
      draw();
    },
    done: () => {
      clearInterval(timer);
      if (drawn > 0) stream.write('\r\u001b[K');
    },
  };
}
