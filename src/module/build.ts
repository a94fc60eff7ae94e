// SPDX-License-Identifier: Apache-2.0
// Builds riptides.ko for a kernel, from the sources that come with this package.

import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { UserError } from '../errors.ts';
import { installCommand, kernelRelease, moduleSources, run, testedKernels } from './tools.ts';

export interface BuildOptions {
  /** Release of the kernel to build for; the running one when absent. */
  readonly release?: string | undefined;
  /** The kernel's build tree; `/lib/modules/<release>/build` when absent. */
  readonly kernelTree?: string | undefined;
  /** Where modules are built and kept; `$RIPTIDES_CACHE`, else `riptides` in the user's cache directory. */
  readonly cache?: string;
  /** Sources of the module; the package's own when absent. */
  readonly sources?: string;
  /** Flags for the compiler, after the kernel's own. */
  readonly flags?: string;
  /** Builds again what is built already. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface BuiltModule {
  /** Path of riptides.ko. */
  readonly path: string;
  readonly release: string;
  /** Whether it was there from an earlier build of the same sources for the same kernel. */
  readonly cached: boolean;
}

const MODULE = 'riptides.ko';
const LOG = 'build.log';
const LAST_LINES = 15;

/**
 * Builds the module, or finds it built.
 *
 * @throws UserError `module-build` with what to install, or with the compiler's last words
 */
export async function buildModule(options: BuildOptions = {}): Promise<BuiltModule> {
  const release = options.release ?? kernelRelease();
  const tree = options.kernelTree ?? `/lib/modules/${release}/build`;
  const { flags = '' } = options;
  const sources = options.sources ?? moduleSources();
  await checkTree(tree, release);
  const directory = join(
    cacheDirectory(options.cache),
    'modules',
    `${release}-${await digestOf(sources, tree, flags)}`,
  );
  const path = join(directory, MODULE);
  if (options.force !== true && (await exists(path))) return { path, release, cached: true };

  await mkdir(directory, { recursive: true });
  // A folder of its own: two builds at once must not meet.
  const work = await mkdtemp(join(directory, 'build-'));
  try {
    await cp(sources, work, { recursive: true, filter: (file) => !isProduct(file) });
    const { signal } = options;
    const made = await run(
      'make',
      ['-C', tree, `M=${work}`, ...(flags === '' ? [] : [`KCFLAGS=${flags}`]), 'modules'],
      { signal },
    );
    if (made === undefined) throw missing('make', { debian: 'make', fedora: 'make' });
    await writeFile(join(directory, LOG), made.output);
    if (made.code !== 0) throw failed(made.output, join(directory, LOG), release);
    // A path that is there is a build that is whole.
    await rename(join(work, MODULE), path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { path, release, cached: false };
}

async function checkTree(tree: string, release: string): Promise<void> {
  if (await exists(join(tree, 'Makefile'))) return;
  throw new UserError('module-build', {
    message: `the headers of kernel ${release} are not installed: there is no ${join(tree, 'Makefile')}`,
    fix: installCommand({ debian: `linux-headers-${release}`, fedora: `kernel-devel-${release}` }),
  });
}

function failed(output: string, log: string, release: string): UserError {
  // make says it in these words when the compiler that built the kernel is not there, or pahole, which a kernel with type
  // information wants and whose headers do not always depend on.
  const tool = /(?:^|\s|\/)((?:[\w-]+-)?(?:gcc|clang|cc)(?:-\d+)?|pahole): (?:command )?not found/m.exec(
    output,
  )?.[1];
  if (tool !== undefined)
    return missing(tool, { debian: tool, fedora: tool === 'pahole' ? 'dwarves' : 'gcc' });
  if (/libelf|gelf\.h/.test(output))
    return missing('libelf', { debian: 'libelf-dev', fedora: 'elfutils-libelf-devel' });
  return new UserError('module-build', {
    message: `the module does not build for kernel ${release}`,
    why: output.trim().split('\n').slice(-LAST_LINES).join('\n'),
    fix: `the full output is in ${log}; the module is made for the kernels ${testedKernels()}`,
  });
}

function missing(what: string, packages: { readonly debian: string; readonly fedora: string }): UserError {
  return new UserError('module-build', {
    message: `building the module needs ${what}, which is not installed`,
    fix: installCommand(packages),
  });
}

/** Where riptides keeps what it can make again. */
export function cacheDirectory(given?: string): string {
  return (
    given ??
    process.env['RIPTIDES_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'riptides')
  );
}

/** The sources, the kernel they are built for and the flags, in 12 characters: another kernel of the same release is another build. */
async function digestOf(sources: string, tree: string, flags: string): Promise<string> {
  const hash = createHash('sha256').update(`${flags}\0`);
  const files = (await readdir(sources, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !isProduct(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files)
    hash
      .update(`${file.slice(sources.length)}\0`)
      .update(await readFile(file))
      .update('\0');
  for (const name of ['Module.symvers', 'include/config/kernel.release'])
    hash.update(await readFile(join(tree, name)).catch(() => Buffer.alloc(0)));
  return hash.digest('hex').slice(0, 12);
}

/** What a build leaves behind in a checkout. */
function isProduct(file: string): boolean {
  return /\.(?:o|ko|mod|mod\.c|cmd|order|symvers|a|d)$|\/\.tmp_/.test(file);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
