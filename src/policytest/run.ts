// SPDX-License-Identifier: Apache-2.0

import type { Facts } from '../bundle/core.ts';
import type {
  PolicyTestCase,
  PolicyTestDocument,
  TestExpectation,
  TestProcess,
} from '../compiler/shape/types.ts';
import type { Compilation } from '../compiler/types.ts';
import type { Diagnostic, DocumentPath } from '../diagnostics/diagnostic.ts';
import { suggestName } from '../diagnostics/suggest.ts';
import { UserError } from '../errors.ts';
import { type Explainer, type Explanation, openExplainer } from '../explain/explain.ts';
import { factsOfIdentity, type LabelFact, withFacts } from '../explain/process.ts';
import type { Question } from '../conditions/holds.ts';
import { type Endpoint, parseEndpoint, parseSource } from '../explain/question.ts';
import { canonicalFact, findFact } from '../schema/facts/table.ts';
import { type CoverageCounter, startCounting } from './coverage.ts';
import type { TestFilter } from './filter.ts';
import type { SuiteResult, TestResult, TestRun } from './types.ts';

/**
 * Runs the tests of the documents against a policy.
 *
 * @param now seconds since 1970, for tests without a time
 */
export function runTests(
  compilation: Compilation,
  documents: readonly PolicyTestDocument[],
  { now, filter }: { readonly now: number; readonly filter: TestFilter | undefined },
): TestRun {
  const explainer = openExplainer(compilation);
  const counter = startCounting(compilation);
  let skipped = 0;
  const suites = documents.flatMap((document): readonly SuiteResult[] => {
    const { metadata, spec } = document;
    const context: Context = { compilation, explainer, counter, document, now };
    const tests = spec.tests.flatMap((test, i) =>
      filter === undefined || filter(metadata.name, test.name)
        ? [runTest(test, ['spec', 'tests', i], context)]
        : [],
    );
    skipped += spec.tests.length - tests.length;
    return tests.length > 0 ? [{ document, tests }] : [];
  });
  return { suites, skipped, coverage: counter.coverage() };
}

interface Context {
  readonly compilation: Compilation;
  readonly explainer: Explainer;
  readonly counter: CoverageCounter;
  readonly document: PolicyTestDocument;
  readonly now: number;
}

function runTest(test: PolicyTestCase, path: DocumentPath, context: Context): TestResult {
  const { document } = context;
  const source = document.source.locate([...path, 'name']);
  const named = { name: test.name, source };
  const question = questionOf(test, path, context);
  if (!('direction' in question)) return { ...named, diagnostics: [question] };
  const explanation = context.explainer.explain(question);
  context.counter.count(explanation, question.connection);
  return { ...named, explanation, diagnostics: compare(test, explanation, path, context) };
}

/** The question that a test asks, or what is wrong with it. */
function questionOf(test: PolicyTestCase, path: DocumentPath, context: Context): Question | Diagnostic {
  const { document, now } = context;
  const isOutput = test.to !== undefined;
  const facts = processOf(test.process, [...path, 'process'], context);
  if ('code' in facts) return facts;
  const end = attempt(
    (): Endpoint => (test.to === undefined ? parseSource(test.from ?? '') : parseEndpoint(test.to)),
    [...path, isOutput ? 'to' : 'from'],
    context,
  );
  if ('code' in end) return end;
  const { name, address, port } = end;
  return {
    direction: isOutput ? 'output' : 'input',
    facts,
    connection: {
      remote: { address, port },
      ...(test.protocol === undefined ? {} : { protocol: test.protocol }),
      time: test.time ?? document.spec.time ?? now,
      ...(name === undefined ? {} : { name }),
      ...(test.port === undefined ? {} : { localPort: test.port }),
      ...(test.peer === undefined ? {} : { peer: test.peer }),
    },
  };
}

function processOf(written: string | TestProcess, path: DocumentPath, context: Context): Facts | Diagnostic {
  const { processes } = context.document.spec;
  if (typeof written !== 'string') return factsOf(written, path, context);
  const process = Object.hasOwn(processes, written) ? processes[written] : undefined;
  if (process !== undefined) return factsOf(process, ['spec', 'processes', written], context);
  const suggestion = suggestName(written, Object.keys(processes));
  return {
    code: 'RTP1802',
    severity: 'error',
    range: context.document.source.locate(path),
    path,
    message: `the document has no process "${written}"`,
    fix: 'define it under spec.processes, or write its facts here',
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function factsOf({ as, facts = {} }: TestProcess, path: DocumentPath, context: Context): Facts | Diagnostic {
  const base: Facts | Diagnostic =
    as === undefined ? {} : attempt(() => factsOfIdentity(context.compilation, as), [...path, 'as'], context);
  if ('code' in base) return base;
  const labels: LabelFact[] = [];
  const own: Record<string, string | number> = {};
  for (const [name, values] of Object.entries(facts)) {
    const native = findFact(canonicalFact(name))?.native;
    if (native === undefined) labels.push(...values.map((value) => ({ name, value })));
    else if (values[0] !== undefined) own[native] = values[0];
  }
  return withFacts(base, own, labels);
}

/** Turns the user's errors of functions of the command line into diagnostics at a path. */
function attempt<T extends object>(work: () => T, path: DocumentPath, { document }: Context): T | Diagnostic {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, fix } = error;
    return { code: 'RTP1802', severity: 'error', range: document.source.locate(path), path, message, fix };
  }
}

function compare(
  test: PolicyTestCase,
  explanation: Explanation,
  path: DocumentPath,
  { document, compilation }: Context,
): readonly Diagnostic[] {
  const { trustDomain } = compilation.model.project;
  const shown = explanation.presents?.replace(`spiffe://${trustDomain}/`, '');
  const got: Required<TestExpectation> = {
    verdict: explanation.verdict,
    identity: explanation.identity?.workloadID ?? null,
    service: explanation.service?.name ?? null,
    tls: explanation.tls?.mode ?? null,
    presents: shown ?? explanation.identity?.workloadID ?? '',
    peerAllowed: explanation.peerAllowed ?? true,
  };
  const at = [...path, 'expect'];
  const wrong = EXPECTED.flatMap((field) => {
    const wanted = test.expect[field];
    return wanted === undefined || wanted === got[field]
      ? []
      : [{ field, text: `expected ${field} ${show(wanted)}, got ${show(got[field])}` }];
  });
  const [first] = wrong;
  if (first === undefined) return [];
  return [
    {
      code: 'RTP1801',
      severity: 'error',
      range: document.source.locate([...at, first.field]),
      path: at,
      message: `"${test.name}": ${wrong.map(({ text }) => text).join('; ')}`,
      why: explanation.rule.because,
      fix: 'correct the policy, or what the test expects',
      related: [{ range: explanation.rule.source, message: 'this decides' }],
    },
  ];
}

const EXPECTED = ['verdict', 'identity', 'service', 'tls', 'presents', 'peerAllowed'] as const;

function show(value: string | boolean | null): string {
  return value === null ? 'none' : String(value);
}
