// SPDX-License-Identifier: Apache-2.0
// A bundle in words, as a person reads a disassembly: identities with their rules, services, conditions, credentials.

import type { InstructionView } from '../bundle/view.ts';
import { testOf } from '../conditions/of-program.ts';
import { describeCondition } from '../conditions/words.ts';
import type { Paint } from '../terminal/paint.ts';
import { counted } from '../terminal/counted.ts';
import type { Inspection } from './inspect.ts';

/** The lines of an inspection. */
export function renderInspection(inspection: Inspection, paint: Paint): readonly string[] {
  const { digest, size, trustDomain, features, udp, denyOthers, sourceMapMissing } = inspection;
  return [
    `sha256:${digest}  ${counted(size, 'byte')}, trust domain ${trustDomain}`,
    `needs of the host: ${features.length === 0 ? 'nothing special' : features.join(', ')}`,
    ...(udp === undefined && denyOthers === undefined
      ? []
      : [
          `transports: ${udp === undefined ? 'tcp' : 'tcp, udp'}${denyOthers === undefined ? '' : '; others are refused where the egress default denies'}`,
        ]),
    ...(sourceMapMissing === undefined ? [] : [`no sources: ${sourceMapMissing}`]),
    '',
    'postures',
    describeRule(inspection, 0, paint),
    describeRule(inspection, 1, paint),
    ...identityLines(inspection, paint),
    ...serviceLines(inspection, paint),
    ...conditionLines(inspection, paint),
    ...bindingLines(inspection, paint),
  ];
}

function describeRule({ rules }: Inspection, id: number, paint: Paint): string {
  const rule = rules[id];
  if (rule === undefined) return `  rule ${id}`;
  const { kind, action, services, condition, peers, presents, tls, intercept, source } = rule;
  const more = [
    ...(condition === undefined ? [] : [`if condition ${condition}`]),
    ...(peers === undefined ? [] : [`peer by condition ${peers}`]),
    ...(presents === undefined ? [] : [`as ${presents}`]),
    ...(tls === undefined ? [] : [`tls ${tls}`]),
    ...(intercept === undefined ? [] : ['intercept']),
  ];
  const what = services === undefined ? (kind === 'inbound' ? '← peer' : kind) : `→ ${services.join(', ')}`;
  const details = more.length === 0 ? '' : `  ${more.join(', ')}`;
  const position = source === undefined ? '' : `  ${paint('dim', source)}`;
  return `  rule ${String(id).padEnd(5)} ${action.padEnd(6)} ${what}${details}${position}`;
}

function identityLines(inspection: Inspection, paint: Paint): readonly string[] {
  return inspection.identities.flatMap((identity) => {
    const { workloadID, mode, tls, peers, template, keep, agentLoss, svid, selectors, rules, inbound } =
      identity;
    const more = [
      `mode ${mode}`,
      ...(tls === undefined ? [] : [`tls ${tls}`]),
      ...(peers === undefined ? [] : [`peers by condition ${peers}`]),
      ...(template === undefined ? [] : ['template']),
      ...(keep === undefined ? [] : ['connections are kept']),
      ...(agentLoss === undefined ? [] : [`agent loss ${agentLoss}`]),
    ];
    return [
      '',
      `identity ${paint('bold', workloadID)}  ${more.join(', ')}`,
      ...(svid === undefined ? [] : [`  svid ${describeSvid(svid)}`]),
      ...selectors.map(({ number, selector }) => `  when ${String(number).padEnd(5)} ${selector}`),
      ...[...rules, ...inbound].map((id) => describeRule(inspection, id, paint)),
    ];
  });
}

function describeSvid(svid: NonNullable<Inspection['identities'][number]['svid']>): string {
  const { x509Ttl, jwtTtl, dnsNames, audiences } = svid;
  return [
    ...(x509Ttl === undefined ? [] : [`x509 for ${x509Ttl} s`]),
    ...(dnsNames.length === 0 ? [] : [`names ${dnsNames.join(' ')}`]),
    ...(jwtTtl === undefined ? [] : [`jwt for ${jwtTtl} s`]),
    ...(audiences.length === 0 ? [] : [`audiences ${audiences.join(' ')}`]),
  ].join(', ');
}

function serviceLines({ services }: Inspection, paint: Paint): readonly string[] {
  return services.flatMap(({ name, external, tls, endpoints }) => {
    const flags = [...(external ? ['external'] : []), ...(tls ? ['tls'] : [])].join(', ');
    return [
      '',
      `service ${paint('bold', name)}${flags === '' ? '' : `  ${flags}`}`,
      ...endpoints.map((endpoint) => `  ${endpoint}`),
    ];
  });
}

function conditionLines({ conditions }: Inspection, paint: Paint): readonly string[] {
  return conditions.flatMap((program, number) => [
    '',
    `condition ${paint('bold', String(number))}`,
    ...program.map((instruction, i) => `  ${String(i).padStart(3)}  ${describeInstruction(instruction)}`),
  ]);
}

function describeInstruction(instruction: InstructionView): string {
  const { whenTrue, whenFalse } = instruction;
  return `${describeCondition(testOf(instruction)).padEnd(48)} → ${whenTrue}, else ${whenFalse}`;
}

function bindingLines({ bindings }: Inspection, paint: Paint): readonly string[] {
  return bindings.flatMap(({ name, identity, credential, provider, services, sysfs, condition, uses }) => [
    '',
    `binding ${paint('bold', name)}  ${credential} (${provider}) for ${identity}`,
    ...(services === undefined ? [] : [`  injected → ${services.join(', ')}`]),
    ...(sysfs ? ['  files in sysfs'] : []),
    ...(condition === undefined ? [] : [`  if condition ${condition}`]),
    ...(uses === undefined ? [] : [`  at most ${counted(uses, 'time')}`]),
  ]);
}
