// SPDX-License-Identifier: Apache-2.0
// What a person is told when the kernel refuses a command. The kernel's own words are kept as the reason.

import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

import { type ErrorKind, UserError } from '../errors.ts';
import type { KernelInfo } from './info.ts';
import type { CommandName } from './generated.ts';
import { errnoName } from './socket.ts';
import type { NetlinkError } from './transport.ts';

type AskInfo = () => Promise<KernelInfo>;

const { EAGAIN, EPERM, EPROTONOSUPPORT, EOPNOTSUPP, EBUSY, EINPROGRESS, ESTALE, EINVAL, EBADMSG, ENOENT } =
  constants.errno;

/**
 * Turns the kernel's refusal into words.
 *
 * @param info asks the kernel what is in force, for refusals that are about it
 */
export async function explainRefusal(
  command: CommandName,
  error: NetlinkError,
  info?: AskInfo,
): Promise<UserError> {
  const said = words(error);
  const tell = (kind: ErrorKind, message: string, fix: string): UserError =>
    new UserError(kind, { message, fix, cause: error, why: said });
  switch (error.errno) {
    case EPERM:
      if (command === 'answer' || command === 'tell')
        return tell('agent-lost', 'this process is not the agent any more', 'start the agent again');
      return tell(
        'no-permission',
        'the kernel lets only CAP_NET_ADMIN of the initial user namespace use riptides, and this process does not have it',
        'run the same command as root (sudo), on the host and not in a container',
      );
    case EPROTONOSUPPORT:
      return tell(
        'bundle-version',
        `the loaded riptides module does not read bundles of this format${await readsFormat(info)}; what was in force stays in force`,
        'install the module and the command line of the same release, then apply again',
      );
    case EOPNOTSUPP:
      // What generic netlink says of a command that a family does not have.
      if (command !== 'commit')
        return tell(
          'module-version',
          `the loaded riptides module does not have the command ${command}`,
          'install the module of the same release (riptides module build, riptides module upgrade)',
        );
      return tell(
        'bundle-refused',
        'the loaded riptides module lacks a feature that the bundle needs; what was in force stays in force',
        'install a module that has it, or remove what needs it from the policy; then apply again',
      );
    case EBUSY:
      if (command === 'attach')
        return tell(
          'agent-running',
          'another agent is attached to the kernel module',
          'stop it first: a host has one agent',
        );
      if (command === 'arm' || command === 'drain')
        return tell(
          'module-busy',
          `the riptides kernel module cannot be ${command === 'arm' ? 'armed' : 'drained'} now`,
          'do what the kernel names, then run the same command again',
        );
      return busy(tell, await ask(info));
    case EINPROGRESS:
      return tell(
        'busy',
        'this connection has a transaction open already',
        'run the command again; report it if it persists',
      );
    case EAGAIN:
      if (command === 'namesSet')
        return tell('generation-moved', 'another policy has come into force meanwhile', 'say it again');
      break;
    case ESTALE:
      return tell(
        'generation-moved',
        `the policy in force has changed since the plan was made: ${inForce(await ask(info))}`,
        'run riptides plan again, review what has changed, and apply the new plan',
      );
    case EBADMSG:
      return tell(
        'digest-mismatch',
        'the bundle that arrived in the kernel is not the one that was sent (its SHA-256 differs); what was in force stays in force',
        'apply again; if it happens twice, suspect the memory of this machine',
      );
    case EINVAL:
      if (command === 'begin' || command === 'commit')
        return tell(
          'bundle-refused',
          'the kernel refused the bundle; what was in force stays in force',
          'compile again with the command line of the same release as the module; if the kernel still refuses, report it with the bundle',
        );
      break;
    case ENOENT:
      if (command === 'namesSet')
        return tell(
          'name-unknown',
          'the policy in force does not look at this host name',
          'name it in a service, or in the condition of a rule, and apply the policy',
        );
      if (command === 'confirm')
        return tell(
          'nothing-to-confirm',
          'no commit is waiting for confirmation: it was confirmed, replaced or undone already',
          'run riptides status to see what is in force',
        );
      if (command === 'rollback') {
        const held =
          (await ask(info))?.history.map((h) => `${h.digest.slice(0, 12)} (generation ${h.generation})`) ??
          [];
        return tell(
          'no-such-bundle',
          `the kernel does not hold that earlier bundle; it holds ${held.length === 0 ? 'none' : held.join(', ')}`,
          'roll back to a record instead (riptides rollback --to RECORD; riptides history lists them): its bundle is sent to the kernel again',
        );
      }
      break;
  }
  return tell(
    'kernel-refused',
    `the kernel refused ${command}: ${errnoName(error.errno)}`,
    'the kernel log (dmesg) may say more',
  );
}

function busy(
  tell: (kind: ErrorKind, message: string, fix: string) => UserError,
  live: KernelInfo | undefined,
): UserError {
  if (live?.confirmRemaining !== undefined)
    return tell(
      'not-confirmed',
      `generation ${live.generation} is waiting for confirmation and will be undone in ${Math.ceil(live.confirmRemaining / 1000)} s`,
      'keep it with riptides confirm, or go back with riptides rollback; then apply again',
    );
  const owner =
    live?.transaction === undefined
      ? ''
      : ` (netlink port ${live.transaction}${processOf(live.transaction)})`;
  return tell(
    'busy',
    `another process is applying a bundle right now${owner}`,
    'wait until it is done and apply again; its transaction ends with the process',
  );
}

/** A process's first netlink port is its process id; a guess, and said as one. */
function processOf(port: number): string {
  try {
    return `, probably process ${port}, ${readFileSync(`/proc/${port}/comm`, 'utf8').trim()}`;
  } catch {
    return '';
  }
}

function words({ ack }: NetlinkError): string | undefined {
  if (ack.message !== undefined && ack.offset !== undefined)
    return `the kernel says: ${ack.message} (at byte ${ack.offset} of the request)`;
  if (ack.message !== undefined) return `the kernel says: ${ack.message}`;
  return ack.missing === undefined ? undefined : `the kernel misses attribute ${ack.missing}`;
}

function inForce(live: KernelInfo | undefined): string {
  if (live === undefined) return 'the kernel does not say what is in force now';
  return live.digest === undefined
    ? `generation ${live.generation} is in force now, with no bundle`
    : `generation ${live.generation} is in force now, bundle ${live.digest.slice(0, 12)}`;
}

async function readsFormat(info: AskInfo | undefined): Promise<string> {
  const live = await ask(info);
  return live === undefined ? '' : ` (module ${live.moduleVersion} reads format ${live.bundleVersion})`;
}

/** The kernel's state if it tells: a refusal is explained without it too. */
async function ask(info: AskInfo | undefined): Promise<KernelInfo | undefined> {
  try {
    return await info?.();
  } catch {
    return undefined;
  }
}
