// SPDX-License-Identifier: Apache-2.0
// Whether a process may open or accept a connection, and the rule that decides. The core evaluates the bundle, so the answer is the kernel's
// by construction.

import { type CoreBundle, namesOf, openBundle, type Verdict } from '../bundle/core.ts';
import { NONE } from '../bundle/generated.ts';
import { readBundle } from '../bundle/reader.ts';
import type { BundleView } from '../bundle/view.ts';
import type { Posture } from '../compiler/resolve/types.ts';
import type { SourceRange } from '../diagnostics/diagnostic.ts';
import { InternalError } from '../errors.ts';
import type { Question } from '../conditions/holds.ts';
import type { ExplainedPolicy } from './model.ts';
import { fillingReason, unfilledWords } from './filling.ts';
import { egressReasons, inboundReasons, type PlacedSelector, type Reason, whoReasons } from './reasons.ts';

/** The verdict and its reasons. */
export interface Explanation {
  readonly verdict: 'allow' | 'deny' | 'audit';
  /** The error of the system call, when it is denied. */
  readonly errno?: 'EACCES';
  readonly rule: { readonly id: number; readonly because: string; readonly source: SourceRange };
  readonly identity?: {
    readonly workloadID: string;
    /** Its placeholders are filled in, unless they cannot be. */
    readonly spiffeID: string;
    /** Why they cannot be: that denies, not the rule. */
    readonly unfilled?: Exclude<Verdict['filling'], 'done'>;
    readonly source: SourceRange;
  };
  readonly service?: { readonly name: string; readonly source: SourceRange };
  /** How the connection is protected, and whether the application's own TLS is intercepted; what is absent is not said. */
  readonly tls?: { readonly mode?: 'MUTUAL' | 'SIMPLE' | 'PERMISSIVE'; readonly intercept: boolean };
  /** The SPIFFE ID that is presented to the peer, when it is not the identity's own. */
  readonly presents?: string | undefined;
  /** Whether the peer in question is allowed on a connection that is opened. */
  readonly peerAllowed?: boolean;
  /** Of several names of the destination, the one by which it was decided. */
  readonly name?: string;
  readonly reasons: readonly Reason[];
}

/** A compiled policy that explains connections. */
export interface Explainer {
  /** @throws InternalError when the bundle or its source map is not what the compiler promises. */
  readonly explain: (question: Question) => Explanation;
  /** The verdict alone. */
  readonly decide: (question: Question) => Verdict;
}

/** Opens a policy for questions. */
export function openExplainer(compilation: ExplainedPolicy): Explainer {
  const core = openBundle(compilation.bundle);
  const view = readBundle(compilation.bundle);
  const selectors = locateSelectors(compilation, view);
  const decide = ({ direction, facts, connection }: Question): Verdict =>
    direction === 'output' ? core.decideConnect(facts, connection) : core.decideAccept(facts, connection);
  return {
    decide,
    explain(asked) {
      if (!core.governs(asked.connection.protocol ?? 'tcp')) return notGoverned(compilation);
      const verdict = decide(asked);
      const question = byDecidingName(asked, verdict, decide);
      const { name } = question.connection;
      const fill = (identity: number): string | undefined =>
        core.fillWorkloadId(identity, question.facts, question.connection, question.direction === 'input');
      const peer = question.direction === 'output' ? question.connection.peer : undefined;
      return {
        ...describeVerdict(compilation, question, verdict, view, fill),
        ...(peer === undefined ? {} : { peerAllowed: peerAllowed(core, question, peer) }),
        ...(name !== undefined && asked.connection.names !== undefined ? { name } : {}),
        reasons: [
          ...reasonsOf(compilation, selectors, question, verdict),
          ...fillingReasons(compilation, view, question, verdict, fill),
        ],
      };
    },
  };
}

/** The question with the one name of the destination that leads to the verdict: the reasons are those of this name. */
function byDecidingName(
  question: Question,
  { rule, service }: Verdict,
  decide: (question: Question) => Verdict,
): Question {
  const { name: _, names: _all, ...connection } = question.connection;
  const questions = namesOf(question.connection).map((name) => ({
    ...question,
    connection: { ...connection, name },
  }));
  return (
    questions.find((one) => {
      const verdict = decide(one);
      return verdict.rule === rule && verdict.service === service;
    }) ?? question
  );
}

/** What is said of UDP by a policy that does not govern it. */
function notGoverned({ model: { project } }: ExplainedPolicy): Explanation {
  const { source } = project.egress;
  return {
    verdict: 'allow',
    rule: { id: 0, because: 'the policy does not govern UDP: its transports do not list it', source },
    reasons: [{ text: 'UDP is not governed', holds: true, decides: true, source }],
  };
}

/** Explains one connection. @throws InternalError as `Explainer.explain` does. */
export function explainConnection(compilation: ExplainedPolicy, question: Question): Explanation {
  return openExplainer(compilation).explain(question);
}

/** The verdict is asked for again: the core answers of the last one that it gave. */
function peerAllowed(core: CoreBundle, { facts, connection }: Question, peer: string): boolean {
  return core.peerAllowed(core.decideConnect(facts, connection), peer);
}

/** All selectors in order of precedence, with their identities and positions. */
function locateSelectors({ model, sourceMap }: ExplainedPolicy, view: BundleView): readonly PlacedSelector[] {
  return view.identities
    .flatMap(({ selectors }, number) => {
      const identity = model.identities[number];
      if (identity === undefined) return [];
      return selectors.map((selector) => ({
        ...selector,
        identity,
        source: sourceMap.selectors[selector.number] ?? identity.source,
      }));
    })
    .sort((a, b) => a.number - b.number);
}

function reasonsOf(
  { model }: ExplainedPolicy,
  selectors: readonly PlacedSelector[],
  question: Question,
  verdict: Verdict,
): readonly Reason[] {
  const who = whoReasons(selectors, question);
  const identity = model.identities[verdict.identity];
  const isOutput = question.direction === 'output';
  if (identity !== undefined && isOutput) return [who, ...egressReasons(model, identity, question)];
  if (identity?.inbound !== undefined) return [who, ...inboundReasons(identity.inbound, question)];
  const { posture, source } = isOutput ? model.project.egress : model.project.ingress;
  const text = `the posture for ${isOutput ? 'egress' : 'ingress'} is ${posture}`;
  return [who, { text, holds: true, decides: true, source }];
}

/** What becomes of the placeholders of the identity, and of the one that is shown. */
function fillingReasons(
  { model }: ExplainedPolicy,
  view: BundleView,
  question: Question,
  { identity, presents, filling }: Verdict,
  fill: Fill,
): readonly Reason[] {
  return [...new Set([identity, presents])].flatMap((number) => {
    const { workloadId } = model.identities[number] ?? {};
    if (workloadId === undefined || view.identities[number]?.template !== true) return [];
    const filled = fill(number);
    const reason = fillingReason(workloadId, filled, question);
    return [filling !== 'done' && filled === undefined ? { ...reason, decides: true } : reason];
  });
}

/** The workload ID of an identity with placeholders, for the process in question. */
type Fill = (identity: number) => string | undefined;

const TLS = { mutual: 'MUTUAL', simple: 'SIMPLE', permissive: 'PERMISSIVE' } as const;

function describeVerdict(
  compilation: ExplainedPolicy,
  question: Question,
  verdict: Verdict,
  view: BundleView,
  fill: Fill,
): Omit<Explanation, 'reasons'> {
  const { model, sourceMap } = compilation;
  const identity = verdict.identity === NONE ? undefined : model.identities[verdict.identity];
  const service = verdict.service === NONE ? undefined : model.services[verdict.service];
  const presents = verdict.presents === verdict.identity ? undefined : model.identities[verdict.presents];
  const source = sourceMap.rules[verdict.rule];
  if (source === undefined) throw new InternalError(`rule ${verdict.rule} is not in the source map`);
  const spiffeId = (number: number, workloadId: string): string =>
    `spiffe://${model.project.trustDomain}/${fill(number) ?? workloadId}`;
  return {
    verdict: verdict.action,
    ...(verdict.action === 'deny' ? { errno: 'EACCES' as const } : {}),
    rule: { id: verdict.rule, because: because(compilation, question, verdict, view, fill), source },
    ...(identity === undefined
      ? {}
      : {
          identity: {
            workloadID: identity.workloadId,
            spiffeID: spiffeId(verdict.identity, identity.workloadId),
            ...(verdict.filling === 'done' ? {} : { unfilled: verdict.filling }),
            source: identity.source,
          },
        }),
    ...(service === undefined ? {} : { service: { name: service.name, source: service.source } }),
    ...describeTls(verdict),
    ...(presents === undefined ? {} : { presents: spiffeId(verdict.presents, presents.workloadId) }),
  };
}

function describeTls({ tls, intercept }: Verdict): Pick<Explanation, 'tls'> {
  if (tls === 'none') return intercept ? { tls: { intercept } } : {};
  return { tls: { mode: TLS[tls], intercept } };
}

function because(
  { model }: ExplainedPolicy,
  { direction }: Question,
  verdict: Verdict,
  view: BundleView,
  fill: Fill,
): string {
  const rule = view.rules[verdict.rule];
  const { workloadId = '', mode = 'enforce' } = model.identities[verdict.identity] ?? {};
  const { egress, ingress } = model.project;
  if (verdict.filling !== 'done') {
    const isOwn =
      view.identities[verdict.identity]?.template === true && fill(verdict.identity) === undefined;
    const unfilled = isOwn ? workloadId : (model.identities[verdict.presents]?.workloadId ?? workloadId);
    const ofIdentity = unfilledWords(unfilled, verdict.filling);
    if (mode === 'off') return `${ofIdentity}; the mode of ${workloadId} is off`;
    return mode === 'audit' ? `${ofIdentity}; its mode is audit` : ofIdentity;
  }
  switch (rule?.kind) {
    case undefined:
      throw new InternalError(`rule ${verdict.rule} is not in the bundle`);
    case 'egressPosture':
      return `no identity matches the process; the project's posture for egress is ${egress.posture}`;
    case 'ingressPosture':
      return workloadId === ''
        ? `no identity matches the process; the project's posture for ingress is ${ingress.posture}`
        : `${workloadId} has no inbound rules; the project's posture for ingress is ${ingress.posture}`;
    case 'egress':
    case 'inbound': {
      const what = direction === 'output' ? 'this egress rule grants it' : 'this rule admits the peer';
      return verdict.action === 'audit' ? `${what} and audits it` : what;
    }
    case 'identityDefault':
      return fallback(`no egress rule of ${workloadId} grants it`, mode, egress.posture, workloadId);
    case 'inboundDefault':
      return mode === 'enforce'
        ? `${workloadId} has inbound rules, and none admits the peer`
        : fallback(`no rule of ${workloadId} admits the peer`, mode, 'deny', workloadId);
  }
}

function fallback(
  what: string,
  mode: 'enforce' | 'audit' | 'off',
  posture: Posture,
  workloadId: string,
): string {
  if (mode === 'off') return `the mode of ${workloadId} is off: every connection is allowed`;
  if (mode === 'audit' && posture === 'deny')
    return `${what}; its mode is audit: the connection is allowed and reported`;
  return `${what}; the project's posture for egress is ${posture}`;
}
