// SPDX-License-Identifier: Apache-2.0
//
// The guest's first root: busybox, the modules that reach the host's file system, and the two halves of PID 1. It is not compressed,
// since unpacking is what an emulated processor is worst at.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { findGuestNode } from './guest-node.ts';
import { cacheFolder, type Kernel } from './kernels.ts';

const GUEST = join(import.meta.dirname, 'guest');
export const PROJECT = resolve(import.meta.dirname, '../..');

/** Loaded before the host's root is there. Everything else is loaded by modprobe, from the cache. */
const BOOT_MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_console'];

const KEEP_DAYS = 2;

export interface InitramfsOptions {
  readonly kernel: Kernel;
  /** Modules that must not load on their own in this guest. */
  readonly blocked: readonly string[];
}

/** Builds the initramfs, or finds it in the cache, and returns its path. */
export function buildInitramfs(options: InitramfsOptions): string {
  const busybox = findBusybox();
  const modules = bootModules(options.kernel);
  const init = readFileSync(join(GUEST, 'init.sh'));
  const second = readFileSync(join(GUEST, 'second.sh'));
  const params = Buffer.from(
    [
      `modules=${quote(options.kernel.modules)}`,
      `node=${quote(findGuestNode())}`,
      `agent=${quote(join(GUEST, 'agent.mjs'))}`,
      `blocked=${quote(options.blocked.join(' '))}`,
      '',
    ].join('\n'),
  );

  const key = createHash('sha256');
  for (const part of [init, second, params, options.kernel.release, modules.join('\n')])
    key.update(part).update('\0');
  for (const file of [busybox, ...modules])
    key.update(`${file} ${statSync(file).size} ${statSync(file).mtimeMs}\n`);
  const folder = join(cacheFolder(), 'initramfs');
  const path = join(folder, `${options.kernel.series}-${key.digest('hex').slice(0, 16)}.cpio`);
  if (existsSync(path)) return path;

  const archive = new CpioWriter();
  for (const name of ['bin', 'dev', 'proc', 'sys', 'host', 'over', 'root', 'modules']) archive.folder(name);
  archive.file('bin/busybox', readFileSync(busybox), 0o755);
  for (const file of modules) archive.file(`modules/${basename(file, '.xz')}`, readModule(file));
  archive.file('modules/order', Buffer.from(modules.map((file) => `${basename(file, '.xz')}\n`).join('')));
  archive.file('init', init, 0o755);
  archive.file('second.sh', second);
  archive.file('params', params);

  mkdirSync(folder, { recursive: true });
  prune(folder, `${options.kernel.series}-`);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, archive.finish());
  renameSync(draft, path);
  return path;
}

function findBusybox(): string {
  const found = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path));
  if (found === undefined) throw new Error('there is no busybox: run scripts/setup.sh vm');
  return found;
}

/** The files of BOOT_MODULES and of what they need, in the order of loading. What is built into the kernel has no file. */
function bootModules({ modules, release }: Kernel): string[] {
  const root = resolve(modules, '../../..');
  const files = new Set<string>();
  for (const name of BOOT_MODULES) {
    let plan: string;
    try {
      plan = execFileSync('modprobe', ['-d', root, '-S', release, '-D', name], {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      throw new Error(
        `kernel ${release} has no module ${name}, or modprobe is missing (scripts/setup.sh vm)`,
        { cause: error },
      );
    }
    for (const match of plan.matchAll(/^insmod (\S+)/gm)) if (match[1] !== undefined) files.add(match[1]);
  }
  return [...files];
}

function readModule(file: string): Buffer {
  return file.endsWith('.xz')
    ? execFileSync('xz', ['-dc', file], { maxBuffer: 1 << 27 })
    : readFileSync(file);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Each change of the rig makes a new archive; those that nobody made lately are of no use. */
function prune(folder: string, prefix: string): void {
  const oldest = Date.now() - KEEP_DAYS * 86_400_000;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.startsWith(prefix) && statSync(path).mtimeMs < oldest) rmSync(path, { force: true });
  }
}

/** The "newc" format, as far as the kernel's own unpacker needs it. */
class CpioWriter {
  readonly #parts: Buffer[] = [];
  #inode = 1;

  folder(name: string): void {
    this.#entry(name, 0o040755, Buffer.alloc(0));
  }

  file(name: string, content: Buffer, mode = 0o644): void {
    this.#entry(name, 0o100000 | mode, content);
  }

  finish(): Buffer {
    this.#entry('TRAILER!!!', 0, Buffer.alloc(0));
    return Buffer.concat(this.#parts);
  }

  #entry(name: string, mode: number, content: Buffer): void {
    const fields = [
      this.#inode++,
      mode,
      0,
      0,
      1,
      0,
      content.length,
      0,
      0,
      0,
      0,
      Buffer.byteLength(name) + 1,
      0,
    ];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
    this.#parts.push(padded(Buffer.from(header)), padded(content));
  }
}

function padded(bytes: Buffer): Buffer {
  const missing = -bytes.length & 3;
  return missing === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(missing)]);
}
