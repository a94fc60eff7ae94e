// SPDX-License-Identifier: Apache-2.0
// Three more ways to decide a condition: the CEL engine on its text, an interpreter of what it is lowered to, and the core on
// a bundle.

import { formatAddress } from '../../../src/bundle/address.ts';
import { type Connection, type Facts, openBundle } from '../../../src/bundle/core.ts';
import { END, FIELD, NONE, TEST } from '../../../src/bundle/generated.ts';
import { compileExpression } from '../../../src/cel/compile.ts';
import { celValue } from '../../../src/cel/environment.ts';
import { Timestamp } from '../../../src/cel/functions/time.ts';
import { conditionEnvironment } from '../../../src/compiler/conditions/fields.ts';
import { emitBundle } from '../../../src/compiler/emit/emit.ts';
import { lowerModel } from '../../../src/compiler/lower/lower.ts';
import type { TableInstruction, TablePrefix } from '../../../src/compiler/lower/types.ts';
import type { AddressField, Condition, NumberField, TextField } from '../../../src/conditions/types.ts';
import { addressOf, numberOf, type Situation, textOf } from '../../oracle/condition.ts';
import { identity, model, selector, service } from '../models.ts';
import type { Place } from './generate.ts';

/** What the CEL engine says of a text. */
export function celDecides(text: string): (situation: Situation) => boolean {
  const environment = conditionEnvironment();
  const compiled = compileExpression(text, environment);
  if ('problems' in compiled) throw new Error(compiled.problems[0]?.message);
  return (situation) => {
    const peer = (field: TextField): string => textOf(field, situation).toString();
    const { processName, processBinaryPath, processUid, processGid, processCmdline } = situation;
    const process = {
      name: processName,
      binary: { path: processBinaryPath },
      uid: processUid,
      gid: processGid,
      cmdline: processCmdline,
    };
    const destination = {
      ip: formatAddress(situation.destinationIp),
      port: situation.destinationPort,
      name: situation.destinationName,
    };
    const source = { ip: formatAddress(situation.sourceIp), port: situation.sourcePort };
    const peers = { spiffeID: peer('peerId'), trustDomain: peer('peerDomain'), path: peer('peerPath') };
    const result = compiled.expression.evaluate({
      process: celValue(environment, process, 'Process'),
      destination: celValue(environment, destination, 'Destination'),
      source: celValue(environment, source, 'Source'),
      peer: celValue(environment, peers, 'Peer'),
      time: new Timestamp(BigInt(situation.time) * 1_000_000_000n),
    });
    if ('problem' in result) throw new Error(result.problem.message);
    if (typeof result.value !== 'boolean') throw new Error('neither true nor false');
    return result.value;
  };
}

/** Runs a program, and sees to it that each step goes forward. */
export function programHolds(
  instructions: readonly TableInstruction[],
  prefixes: readonly TablePrefix[],
  situation: Situation,
): boolean {
  for (let at = 0; ; ) {
    const instruction = instructions[at];
    if (instruction === undefined) throw new Error(`there is no instruction ${at}`);
    const next = passes(instruction, prefixes, situation) ? instruction.whenTrue : instruction.whenFalse;
    if (next === END.holds) return true;
    if (next === END.fails) return false;
    if (next <= at) throw new Error(`instruction ${at} goes back to ${next}`);
    at = next;
  }
}

function passes(
  { field, test, data, high }: TableInstruction,
  prefixes: readonly TablePrefix[],
  situation: Situation,
): boolean {
  const name = Object.keys(FIELD).find((key) =>
    Object.entries(FIELD).some((e) => e[0] === key && e[1] === field),
  );
  if (name === undefined) throw new Error(`there is no field ${field}`);
  if (test === TEST.range) {
    // The numbers of fields and their names are one table.
    const number = numberOf(name as NumberField, situation);
    return Number(data) <= number && number <= high;
  }
  if (test === TEST.inside) {
    const prefix = prefixes[Number(data)];
    if (prefix === undefined) throw new Error(`there is no prefix ${data}`);
    const bits = (address: Uint8Array): bigint => BigInt(`0x${Buffer.from(address).toString('hex')}`);
    const rest = 128n - BigInt(prefix.prefixLength);
    return bits(addressOf(name as AddressField, situation)) >> rest === bits(prefix.address) >> rest;
  }
  const text = textOf(name as TextField, situation).toString('latin1');
  const wanted = Buffer.from(String(data)).toString('latin1');
  switch (test) {
    case TEST.equal:
      return text === wanted;
    case TEST.starts:
      return text.startsWith(wanted);
    case TEST.ends:
      return text.endsWith(wanted);
    default:
      throw new Error(`there is no test ${test}`);
  }
}

/** A condition where it stands, no longer than the kernel takes. */
export interface Placed {
  readonly condition: Condition;
  readonly where: Place;
}

/** Puts conditions on rules of one bundle, opens it, and gives what the core says of each. At most 100 for each place. */
export function coreDecides(conditions: readonly Placed[]): (index: number, situation: Situation) => boolean {
  const of = (where: Place): readonly Placed[] => conditions.filter((placed) => placed.where === where);
  const owner = identity('owner', [selector({ 'process:uid': 1 })], {
    egress: of('egress').map(({ condition }) => ({ services: [0], condition })),
    inbound: of('inbound').map(({ condition }) => ({ condition })),
  });
  const lowered = lowerModel(model([owner], [service('any', ['0.0.0.0/0', '::/0'])]));
  if (lowered.value === undefined) throw new Error(lowered.diagnostics[0]?.message);
  const { tables } = lowered.value;
  const bytes = emitBundle(tables);
  if (!(bytes instanceof Uint8Array)) throw new Error(`not emitted: ${bytes.kind}`);
  const core = openBundle(bytes);
  const [own] = tables.identities;
  return (index, situation) => {
    const placed = conditions[index];
    if (placed === undefined || own === undefined) throw new Error(`there is no condition ${index}`);
    const among = of(placed.where).indexOf(placed);
    // The default comes first.
    const first = placed.where === 'egress' ? own.rulesFirst : own.inboundFirst;
    const options = tables.rules[first + 1 + among]?.options ?? NONE;
    const number = tables.options[options]?.condition ?? NONE;
    if (number === NONE) return true;
    const accepts = placed.where === 'inbound';
    return core.conditionHolds(number, factsOf(situation), connectionOf(situation, accepts), accepts);
  };
}

/** What is not known is not given to the core. */
function factsOf({
  processName,
  processBinaryPath,
  processUid,
  processGid,
  processCmdline,
}: Situation): Facts {
  return {
    ...(processName !== '' && { 'process:name': processName }),
    ...(processBinaryPath !== '' && { 'process:binary:path': processBinaryPath }),
    ...(processUid !== NONE && { 'process:uid': processUid }),
    ...(processGid !== NONE && { 'process:gid': processGid }),
    ...(processCmdline !== '' && { 'process:cmdline': processCmdline }),
  };
}

function connectionOf(situation: Situation, accepts: boolean): Connection {
  const { time, peer, destinationName } = situation;
  if (accepts) {
    const remote = { address: situation.sourceIp, port: situation.sourcePort };
    return { remote, localPort: situation.destinationPort, time, peer };
  }
  const remote = { address: situation.destinationIp, port: situation.destinationPort };
  return { remote, time, name: destinationName };
}
