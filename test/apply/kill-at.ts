// SPDX-License-Identifier: Apache-2.0
// Applies a bundle by the real path, and kills itself on the way, as kill -9 would.
//
//   node kill-at.ts embedded PROJECT STEP CONFIRM_WITHIN NUMBER     at a step of the apply; the bundle is that of numbered(NUMBER)
//   node kill-at.ts kernel PROJECT before:N|after:N CONFIRM_WITHIN BUNDLE_FILE
//                                                                   before or after the Nth netlink message of the apply
//
// With a step or message that never comes the apply goes through, and the number of netlink messages is printed.

import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { applyBundle } from '../../src/apply/apply.ts';
import { kernelTarget } from '../../src/targets/kernel.ts';
import { openRecords } from '../../src/records/records.ts';
import { readRevision } from '../../src/records/source.ts';
import { openSocket } from '../../src/netlink/socket.ts';
import type { Transport } from '../../src/netlink/transport.ts';
import { sourceIn } from './repositories.ts';

const [kind = '', project = '', where = '', confirmWithin = '0', what = ''] = process.argv.slice(2);
let messages = 0;

function killSelf(): void {
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered before the call returns.
}

/** A socket that counts its messages, and ends the process at the one that was named. */
async function countingSocket(): Promise<Transport> {
  const socket = await openSocket();
  async function counted<T>(send: () => Promise<T>): Promise<T> {
    messages += 1;
    if (where === `before:${messages}`) killSelf();
    const answer = await send();
    if (where === `after:${messages}`) killSelf();
    return answer;
  }
  return {
    request: (request) => counted(() => socket.request(request)),
    dump: (request, each) => counted(() => socket.dump(request, each)),
    close: () => socket.close(),
  };
}

const target =
  kind === 'kernel'
    ? kernelTarget({ connect: countingSocket, node: 'n' })
    : (await import('../../src/targets/embedded.ts')).embeddedTarget({
        project,
        directory: join(project, '../state'),
        node: 'n',
      });
// The compiler is loaded only where it is needed: in a virtual machine that takes long.
const bundle =
  kind === 'kernel'
    ? new Uint8Array(readFileSync(what))
    : (await import('./policies.ts')).numbered(Number(what)).bundle;
const records = await openRecords({ project, target: target.name, node: 'n' });
const { generation } = await target.info();
messages = 0;
const source = sourceIn(project);
process.send?.('ready');
await applyBundle(
  {
    bundle,
    digest: createHash('sha256').update(bundle).digest('hex'),
    source: source.files,
    revision: await readRevision(project, source),
    expectedGeneration: generation,
  },
  {
    target,
    records,
    ...(confirmWithin === '0' ? {} : { confirmWithin: Number(confirmWithin) }),
    onStep: (step) => {
      if (step === where) killSelf();
    },
  },
);
console.log(messages);
if (process.connected) process.disconnect();
