// SPDX-License-Identifier: Apache-2.0
// Loads, drains and unloads the kernel module, by the system's own tools.

import { setTimeout } from 'node:timers/promises';

import { counted } from '../terminal/counted.ts';
import { UserError } from '../errors.ts';
import { type Client, withClient } from '../netlink/client.ts';
import type { KernelInfo, ModuleState } from '../netlink/info.ts';
import { FAMILY } from '../netlink/generated.ts';
import { installedModule, keepLoaded } from './kept.ts';
import { installCommand, kernelRelease, kernelWords, read, run, testedKernels } from './tools.ts';

export interface LoadOptions {
  /** Path of riptides.ko; the module that is installed for this kernel when absent. */
  readonly path?: string | undefined;
  /** Parameters of the module, as in `allow_untested_kernel=1`. */
  readonly parameters?: readonly string[];
}

/**
 * Loads the module and gives what it says of itself.
 *
 * @throws UserError `module-load` with the reason of the kernel, `no-permission`, and what `openClient` throws
 */
export async function loadModule({ path, parameters = [] }: LoadOptions = {}): Promise<KernelInfo> {
  const [tool, args] =
    path === undefined ? (['modprobe', [FAMILY.name]] as const) : (['insmod', [path]] as const);
  const ran = await run(tool, [...args, ...parameters]);
  if (ran === undefined) throw noTools(tool);
  // modprobe is content when it is loaded already; insmod says so.
  if (ran.code !== 0) throw await explainLoad(ran.output, path);
  const file = path ?? (await installedModule());
  if (file !== undefined) await keepLoaded(file);
  return moduleInfo();
}

/** Show the version and state of the loaded module. @throws UserError `module-not-loaded` and what else `openClient` throws */
export async function moduleInfo(): Promise<KernelInfo> {
  return withClient((client) => client.info());
}

/** Whether the module is loaded, as the kernel lists it: needs no permission and no netlink. */
export function isLoaded(): boolean {
  return loadedModules().some((line) => line.startsWith(`${FAMILY.name} `));
}

export interface WaitOptions {
  /** Milliseconds to wait; 0 looks once. */
  readonly within: number;
  readonly signal?: AbortSignal | undefined;
  /** Is told of what the module says while it is not done. */
  readonly onProgress?: ((info: KernelInfo) => void) | undefined;
}

const POLL_MS = 200;

/**
 * Makes the module stop governing and give its sockets back, until all are, or the time is over: the module goes on by itself then.
 * Gives what the module says.
 *
 * @throws UserError `module-busy`, and what `openClient` throws
 */
export async function drainModule(options: WaitOptions): Promise<KernelInfo> {
  return withClient(async (client) => {
    await client.drain();
    return waitFor(client, 'drained', options);
  });
}

/**
 * Makes the module govern new sockets, and those that exist. Ends a drain.
 *
 * @throws UserError `module-busy`, and what `openClient` throws
 */
export async function armModule(options: WaitOptions): Promise<KernelInfo> {
  return withClient(async (client) => {
    await client.arm();
    return waitFor(client, 'armed', options);
  });
}

async function waitFor(client: Client, state: ModuleState, options: WaitOptions): Promise<KernelInfo> {
  const { within, signal, onProgress } = options;
  const deadline = Date.now() + within;
  for (;;) {
    const info = await client.info();
    if (info.state === state || Date.now() + POLL_MS > deadline || signal?.aborted === true) return info;
    onProgress?.(info);
    await setTimeout(POLL_MS);
  }
}

/** Who keeps a drain from its end, one line each. */
export function holderLines({ holders, sockets, calls }: KernelInfo): readonly string[] {
  const lines = holders.map(({ what, pid, comm }) => {
    const process = comm === '' ? `process ${pid}, which is gone` : `process ${pid} (${comm})`;
    return what === 'call'
      ? `${process} is in a system call inside the module`
      : `a socket made by ${process}`;
  });
  const more = sockets + calls - holders.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/**
 * Unloads the module.
 *
 * @throws UserError `module-busy` while sockets are governed, `module-not-loaded`, `no-permission`
 */
export async function unloadModule(): Promise<void> {
  const ran = await run('rmmod', [FAMILY.name]);
  if (ran === undefined) throw noTools('rmmod');
  if (ran.code === 0) return;
  const { output } = ran;
  if (/not currently loaded|No such file/.test(output))
    throw new UserError('module-not-loaded', {
      message: 'the riptides kernel module is not loaded',
      fix: 'there is nothing to unload',
    });
  if (/Operation not permitted/.test(output)) throw notPermitted('unloading');
  if (/is in use|Resource temporarily unavailable|Device or resource busy/.test(output))
    throw await busy(output);
  throw new UserError('module-busy', {
    message: 'the riptides kernel module cannot be unloaded',
    why: output.trim(),
    fix: 'the kernel log (dmesg) may say more',
  });
}

async function busy(output: string): Promise<UserError> {
  const info = await moduleInfo().catch(() => undefined);
  const tell = (what: string, fix: string): UserError =>
    new UserError('module-busy', {
      message: `the riptides kernel module cannot be unloaded: ${what}`,
      why: [output.trim(), ...(info === undefined ? [] : holderLines(info))].join('\n'),
      fix,
    });
  if (info === undefined) return tell('it is in use', 'run riptides module drain first');
  switch (info.state) {
    case 'drained':
      return tell(
        'something other than sockets uses it',
        'detach what reads its tracepoint (perf, bpftrace, trace-cmd), then try again',
      );
    case 'draining':
      return tell(
        `it is still draining: ${counted(info.sockets, 'socket')} and ${counted(info.calls, 'system call')} are left`,
        'end what is named, or govern again with riptides module arm',
      );
    default:
      return tell(
        `it governs ${counted(info.sockets, 'socket')} and every new one`,
        'run riptides module drain first: connections live on, and are not governed any more',
      );
  }
}

async function explainLoad(output: string, path: string | undefined): Promise<UserError> {
  const reason = output.trim().split('\n').at(-1) ?? '';
  const log = await kernelWords();
  const why =
    log.length === 0
      ? reason
      : `${reason}\nthe kernel log says:\n${log.map((line) => `  ${line}`).join('\n')}`;
  const tell = (message: string, fix: string): UserError =>
    new UserError('module-load', { message, why, fix });
  if (/File exists/.test(reason))
    return tell(
      'the riptides kernel module is loaded already',
      'to load another build, run riptides module drain and riptides module unload first',
    );
  if (/Key was rejected|Required key not available|Loading of unsigned module|Lockdown/i.test(why))
    return tell(
      'the kernel loads signed modules only (Secure Boot), and this one is not signed by a key that it knows',
      'sign it with a key that is enrolled (mokutil --import, then scripts/sign-file of the kernel headers), or turn Secure Boot off',
    );
  if (/Operation not permitted/.test(reason)) {
    const lockdown = /\[(integrity|confidentiality)\]/.exec(read('/sys/kernel/security/lockdown'))?.[1];
    return lockdown === undefined
      ? notPermitted('loading')
      : tell(
          `the kernel is locked down (${lockdown}) and loads signed modules only`,
          'sign the module with a key that is enrolled, or turn Secure Boot off',
        );
  }
  if (/Invalid module format|disagrees about version/.test(why))
    return tell(
      `the module was built for another kernel than the running one (${kernelRelease()})`,
      'build it for this kernel: riptides module build',
    );
  if (/Operation not supported/.test(reason))
    return tell(
      `the module does not know this kernel (${kernelRelease()}) and refuses to hook into it`,
      `use one of the kernels that it is tested on (${testedKernels()}); at your own risk: riptides module load --allow-untested-kernel`,
    );
  if (/not found in directory|No such file/.test(reason))
    return tell(
      path === undefined
        ? `no riptides module is installed for kernel ${kernelRelease()}`
        : `there is no module at ${path}`,
      'build it with riptides module build, then load that file',
    );
  if (/Unknown symbol/.test(why))
    return tell(
      'the module needs something that this kernel does not offer',
      'build it for this kernel: riptides module build',
    );
  return tell('the kernel does not load the riptides module', 'the kernel log (dmesg) may say more');
}

function notPermitted(what: string): UserError {
  return new UserError('no-permission', {
    message: `${what} a kernel module needs root (CAP_SYS_MODULE)`,
    fix: 'run the same command as root (sudo), on the host and not in a container',
  });
}

function noTools(tool: string): UserError {
  return new UserError('module-load', {
    message: `there is no ${tool} on this machine`,
    fix: installCommand({ debian: 'kmod', fedora: 'kmod' }),
  });
}

function loadedModules(): readonly string[] {
  return read('/proc/modules').split('\n');
}
