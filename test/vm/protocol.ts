// SPDX-License-Identifier: Apache-2.0
//
// What host and guest agent say to each other: one JSON object a line, in both directions, over a virtio-serial port.
// Bytes of commands travel in base64, so any output survives.

/** The name of the virtio-serial port; the agent looks for it. */
export const PORT_NAME = 'riptides.agent';

export type Request =
  | {
      op: 'start';
      id: number;
      argv: readonly string[];
      env: Readonly<Record<string, string>>;
      cwd: string;
      uid?: number;
      gid?: number;
      stdin: boolean;
      timeoutMs: number;
    }
  | { op: 'kill'; id: number; signal: string }
  | { op: 'stdin'; id: number; data: string | null }
  | { op: 'kmsg'; id: number; text: string };

export type Reply =
  | { op: 'ready'; node: string }
  | { op: 'started'; id: number; pid: number }
  | { op: 'stdout' | 'stderr'; id: number; data: string }
  | { op: 'exit'; id: number; code: number | null; signal: string | null; timedOut: boolean }
  | { op: 'done'; id: number }
  | { op: 'error'; id: number; message: string };

/** The agent is part of this rig and runs in a guest made from this checkout: its lines are trusted to be of these shapes. */
export function parseReply(line: string): Reply {
  return JSON.parse(line) as Reply;
}
