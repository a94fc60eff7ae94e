// SPDX-License-Identifier: Apache-2.0
// Runs the agent as a service, and says whether it could.

import { type Logger, pino } from 'pino';
import { type Agent, startAgent } from '../agent/daemon/daemon.ts';
import type { LogLevel } from '../agent/log-levels.ts';
import { notifier } from '../agent/daemon/notify.ts';
import { checkCollectors, type CollectorCheck } from '../agent/labels/check.ts';
import { type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { isUserError } from '../errors.ts';
import { withClient } from '../netlink/client.ts';
import { loadLibc } from '../netlink/libc.ts';
import { readConfiguration } from './agent-configuration.ts';
import { PolicyRefused } from './refused.ts';

export interface RunOptions {
  /** The configuration; the usual file unless given. */
  readonly file: string | undefined;
  readonly level: LogLevel;
  /** Ends the agent. */
  readonly signal: AbortSignal;
  /** Calls back when the configuration is to be read again. */
  readonly onReload: (reload: () => void) => void;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs the agent until the signal comes. The log goes to standard output, a JSON object in each line.
 *
 * @throws PolicyRefused when the configuration has errors
 * @throws UserError when the kernel does not accept it as the agent
 */
export async function runAgent({ file, level, signal, onReload, env }: RunOptions): Promise<void> {
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const { configuration, diagnostics } = readConfiguration(file);
  logDiagnostics(log, diagnostics);
  const notify = notifier(env, await loadLibc());
  let isReady = false;
  const agent = await startAgent({
    configuration,
    log,
    signal,
    onAlive: () => {
      notify(isReady ? 'WATCHDOG=1' : 'READY=1');
      isReady = true;
    },
  });
  onReload(() => {
    notify('RELOADING=1');
    reload(agent, file, log);
    notify('READY=1');
  });
  await agent.ended;
  notify('STOPPING=1');
  log.info('ended');
}

/** Takes over a configuration that has changed; one with errors changes nothing. */
function reload(agent: Agent, file: string | undefined, log: Logger): void {
  try {
    const { configuration, diagnostics } = readConfiguration(file);
    logDiagnostics(log, diagnostics);
    agent.reconfigure(configuration);
    log.info('the configuration was read again');
  } catch (error) {
    if (!(error instanceof PolicyRefused)) throw error;
    logDiagnostics(log, error.diagnostics);
    log.error('the configuration has errors: the one before stays in force');
  }
}

function logDiagnostics(log: Logger, diagnostics: readonly Diagnostic[]): void {
  for (const { severity, code, message, range, fix } of diagnostics) {
    const at = `${range.file}:${range.start.line}:${range.start.column}`;
    log[severity === 'error' ? 'error' : 'warn']({ code, at, fix }, message);
  }
}

/** Whether the agent can do its work on this host. */
export interface AgentCheck {
  /** `agent`: the process that is the agent now. */
  readonly kernel: {
    readonly isReachable: boolean;
    readonly reason?: string;
    readonly fix?: string;
    readonly agent?: number;
  };
  readonly collectors: readonly CollectorCheck[];
  readonly diagnostics: readonly Diagnostic[];
  readonly ok: boolean;
}

/**
 * Looks at all that the agent needs, and changes nothing.
 *
 * @throws PolicyRefused when the configuration has errors
 */
export async function checkAgent(file: string | undefined): Promise<AgentCheck> {
  const { configuration, diagnostics } = readConfiguration(file);
  const [kernel, collectors] = await Promise.all([checkKernel(), checkCollectors(configuration.labels)]);
  const ok =
    kernel.isReachable && collectors.every(({ state }) => state !== 'unreachable') && !hasErrors(diagnostics);
  return { kernel, collectors, diagnostics, ok };
}

async function checkKernel(): Promise<AgentCheck['kernel']> {
  try {
    const { agent } = await withClient((client) => client.info());
    return { isReachable: true, ...(agent === undefined ? {} : { agent }) };
  } catch (error) {
    if (!isUserError(error)) throw error;
    return { isReachable: false, reason: error.message, fix: error.fix };
  }
}
