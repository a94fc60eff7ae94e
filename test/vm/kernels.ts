// SPDX-License-Identifier: Apache-2.0
//
// The kernels that scripts/setup.sh put into the cache.

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A stock kernel, or the debug kernel that scripts/debug-kernel.sh builds. */
export type KernelSeries = `${number}.${number}` | 'debug';

/** The stock kernels that kmod/kernels lists, and the run that tests each. */
const STOCK = readStock();

function readStock(): readonly { readonly series: KernelSeries; readonly run: string }[] {
  const list = readFileSync(new URL('../../kmod/kernels', import.meta.url), 'utf8');
  return [...list.matchAll(/^(\d+)\.(\d+) +\w+ +(\S+)$/gm)].map(([, major, minor, run = '']) => ({
    series: `${Number(major)}.${Number(minor)}`,
    run,
  }));
}

const testedBy = (wanted: string): readonly KernelSeries[] =>
  STOCK.filter(({ run }) => run === wanted).map(({ series }) => series);

/** The kernels that `make test` runs on. */
export const DECIDING_KERNELS = testedBy('test');

/** Those that only `make test-all` runs on. */
export const OTHER_KERNELS = testedBy('test-all');

/** The series that goes by a name, or throws and says which there are. */
export function toSeries(name: string): KernelSeries {
  const known: readonly KernelSeries[] = [...STOCK.map(({ series }) => series), 'debug'];
  const series = known.find((each) => each === name);
  if (series === undefined) throw new Error(`no kernel is called "${name}": there are ${known.join(', ')}`);
  return series;
}

export interface Kernel {
  readonly series: KernelSeries;
  /** What `uname -r` says in the guest. */
  readonly release: string;
  /** The image: unpacked where the kernel can start so, since under emulation unpacking takes longer than the rest of the boot. */
  readonly image: string;
  /** The lib/modules/<release> folder. */
  readonly modules: string;
  /** The build tree for modules. */
  readonly tree: string;
}

/** The folder that holds what is big, slow to get and the same for every checkout. */
export function cacheFolder(): string {
  const { RIPTIDES_CACHE, XDG_CACHE_HOME } = process.env;
  return RIPTIDES_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'riptides');
}

/** Finds a kernel in the cache, or throws and says how to get it. */
export function findKernel(series: KernelSeries): Kernel {
  const folder = join(cacheFolder(), 'kernels', series);
  if (!existsSync(join(folder, 'release'))) {
    const part = series === 'debug' ? 'debug-kernel' : `kernel ${series}`;
    throw new Error(`kernel ${series} is not in ${folder}: run scripts/setup.sh ${part}`);
  }
  const unpacked = join(folder, 'vmlinux');
  return {
    series,
    release: readFileSync(join(folder, 'release'), 'utf8').trim(),
    image: existsSync(unpacked) ? unpacked : join(folder, 'vmlinuz'),
    modules: realpathSync(join(folder, 'modules')),
    tree: join(folder, 'build'),
  };
}
