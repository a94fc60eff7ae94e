// SPDX-License-Identifier: Apache-2.0
//
// Hardware virtualisation is used only where it was seen to boot the very kernel: /dev/kvm may exist and hang, or abort, a guest.
// The answer is kept per machine, so a machine that hangs pays for it once.

import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { release } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from './kernels.ts';

export type Accelerator = 'kvm' | 'tcg';

/**
 * Drivers for AES instructions, which an emulated processor has but not exactly: their self-tests were seen to complain. modprobe does
 * not find them by alias, so the generic code serves; a test that wants them can still load them by name.
 */
export const BLOCKED_UNDER_EMULATION: readonly string[] = ['aesni_intel', 'ghash_clmulni_intel'];

/**
 * Says what to run the guest with. RIPTIDES_VM_ACCEL decides if it is set; else the cached answer; else `probe`, which boots a guest
 * under KVM within a deadline and says whether that went well.
 */
export async function chooseAccelerator(
  kernelRelease: string,
  probe: () => Promise<boolean>,
): Promise<Accelerator> {
  const wanted = process.env['RIPTIDES_VM_ACCEL'];
  if (wanted === 'kvm' || wanted === 'tcg') return wanted;
  if (wanted !== undefined && wanted !== '')
    throw new Error(`RIPTIDES_VM_ACCEL is ${wanted}: it may be kvm or tcg`);
  if (!kvmUsable()) return 'tcg';

  const file = join(cacheFolder(), 'accelerator', machineKey(kernelRelease));
  if (existsSync(file)) return readFileSync(file, 'utf8').trim() === 'kvm' ? 'kvm' : 'tcg';
  const answer: Accelerator = (await probe()) ? 'kvm' : 'tcg';
  mkdirSync(join(cacheFolder(), 'accelerator'), { recursive: true });
  writeFileSync(file, `${answer}\n`);
  return answer;
}

function kvmUsable(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The same home folder may be used on several machines, and a new host kernel may mend what was broken. */
function machineKey(kernelRelease: string): string {
  const id = existsSync('/etc/machine-id') ? readFileSync('/etc/machine-id', 'utf8') : '';
  const processor = /^model name\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0] ?? '';
  return createHash('sha256')
    .update([id, processor, release(), kernelRelease].join('\0'))
    .digest('hex')
    .slice(0, 24);
}
