// SPDX-License-Identifier: Apache-2.0
//
// Runs one command in a fresh virtual machine:
//
//   node test/vm/run.ts [--kernel SERIES] [--cpus N] [--memory MIB] [--timeout SECONDS] [--console] [--] COMMAND...
//
// Its output comes out as it is made, its exit status is passed on. One word is a line for the shell, several are a command with its
// arguments. When the kernel reports something, its report is printed and the status is 70.

import { parseArgs } from 'node:util';
import { toSeries } from './kernels.ts';
import { bootVm, KernelFinding, type KernelSeries } from './vm.ts';

const STATUS_USAGE = 64;
const STATUS_KERNEL = 70;
const STATUS_TIMEOUT = 124;

const usage =
  'usage: node test/vm/run.ts [--kernel SERIES] [--cpus N] [--memory MIB] [--timeout SECONDS] [--console] [--] COMMAND...';

interface Request {
  readonly kernel: KernelSeries;
  readonly cpus: number;
  readonly memory: number | undefined;
  readonly timeoutMs: number;
  readonly console: boolean;
  readonly command: readonly string[];
}

function parse(argv: readonly string[]): Request {
  // Options of the command are the command's: everything from its first word on is left alone.
  const own = ['--kernel', '--cpus', '--memory', '--timeout'];
  let end = 0;
  while (end < argv.length && (argv[end] ?? '').startsWith('--') && argv[end] !== '--')
    end += own.includes(argv[end] ?? '') ? 2 : 1;
  const { values } = parseArgs({
    args: argv.slice(0, end),
    options: {
      kernel: { type: 'string', default: '6.12' },
      cpus: { type: 'string', default: '2' },
      memory: { type: 'string' },
      timeout: { type: 'string', default: '600' },
      console: { type: 'boolean', default: false },
    },
  });
  const command = argv.slice(argv[end] === '--' ? end + 1 : end);
  if (command.length === 0) throw new Error('no command');
  return {
    kernel: toSeries(values.kernel),
    cpus: positive('--cpus', values.cpus),
    memory: values.memory === undefined ? undefined : positive('--memory', values.memory),
    timeoutMs: positive('--timeout', values.timeout) * 1000,
    console: values.console,
    command,
  };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0)
    throw new Error(`${option} is ${text}: it must be a positive whole number`);
  return value;
}

async function run(request: Request): Promise<number> {
  const vm = await bootVm({
    kernel: request.kernel,
    cpus: request.cpus,
    ...(request.memory === undefined ? {} : { memoryMiB: request.memory }),
    ...(request.console ? { log: (line: string) => process.stderr.write(`${line}\n`) } : {}),
  });
  const command = request.command.length === 1 ? (request.command[0] ?? '') : request.command;
  try {
    const { code, signal, timedOut } = await vm.run(command, {
      cwd: process.cwd(),
      timeoutMs: request.timeoutMs,
      onOutput: (stream, chunk) => process[stream].write(chunk),
    });
    await vm.shutdown();
    if (timedOut) process.stderr.write(`the command did not end within ${request.timeoutMs / 1000} s\n`);
    else if (signal !== null) process.stderr.write(`the command was ended by ${signal}\n`);
    const status = timedOut ? STATUS_TIMEOUT : (code ?? 1);
    if (status !== 0 && !request.console) process.stderr.write(`--- kernel log\n${vm.kernelLog()}\n`);
    return status;
  } finally {
    vm.destroy();
  }
}

let request: Request;
try {
  request = parse(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exit(STATUS_USAGE);
}
try {
  process.exitCode = await run(request);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof KernelFinding ? STATUS_KERNEL : 1;
}
