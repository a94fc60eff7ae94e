// SPDX-License-Identifier: Apache-2.0
// The voice of the demo: chapters, sentences, commands with their output. It fails when something does not happen as told.

import { styleText } from 'node:util';

const WIDTH = 100;

/** A place where the story's commands run: a virtual machine, or this host. */
export interface Stage {
  /** Runs a shell command and gives its output as it would be read. Output lines are handed on as they come. */
  run(command: string, as: Actor, onLine: (line: string) => void): Promise<number>;
}

/** Who runs a command. */
export interface Actor {
  readonly name: string;
  readonly uid: number;
}

export interface Step {
  readonly as: Actor;
  readonly command: string;
  /** The exit code that the story needs. */
  readonly expect?: number;
  /** Texts that the output must hold; the story is only true with them. */
  readonly shows?: readonly string[];
  /** Try again for so many seconds until it is as expected. */
  readonly within?: number;
}

export class StoryBroken extends Error {}

export class Narrator {
  readonly #stage: Stage;
  #chapter = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  chapter(title: string): void {
    this.#chapter += 1;
    console.log(`\n${styleText('bold', `${this.#chapter}. ${title}`)}`);
  }

  say(text: string): void {
    for (const line of wrap(text.trim().replace(/\s+/g, ' '), WIDTH - 3)) console.log(`   ${line}`);
  }

  /** Runs a step and shows it. @throws StoryBroken when it does not end as the story says. */
  async show(step: Step): Promise<void> {
    const prompt = step.as.uid === 0 ? '#' : '$';
    console.log(`\n   ${styleText('cyan', `${step.as.name}${prompt}`)} ${styleText('bold', step.command)}`);
    const deadline = Date.now() + (step.within ?? 0) * 1000;
    for (;;) {
      const lines: string[] = [];
      const waiting = step.within !== undefined;
      const print = (line: string) => console.log(`   ${styleText('dim', '│')} ${line}`);
      const code = await this.#stage.run(step.command, step.as, (line) => {
        lines.push(line);
        if (!waiting) print(line);
      });
      const missing = (step.shows ?? []).filter((text) => !lines.some((line) => line.includes(text)));
      const good = code === (step.expect ?? 0) && missing.length === 0;
      if (!good && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        continue;
      }
      if (waiting) lines.forEach(print);
      if (good) return;
      const ended = code === (step.expect ?? 0) ? '' : `ended with ${code}, not ${step.expect ?? 0}`;
      const unseen = missing.length === 0 ? '' : `did not show: ${missing.join(' | ')}`;
      throw new StoryBroken(
        `"${step.command}" ${[ended, unseen].filter((text) => text !== '').join(', and ')}`,
      );
    }
  }
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines;
}
