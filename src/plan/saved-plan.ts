// SPDX-License-Identifier: Apache-2.0
// A plan in a file, with its bundle: what was reviewed is applied exactly, or not at all.

import { readFile, writeFile } from 'node:fs/promises';

import { sha256 } from '../crypto.ts';
import { openBundle } from '../bundle/core.ts';
import type { Compilation } from '../compiler/types.ts';
import type { SourceFile } from '../compiler/load/sources.ts';
import { messageOf, UserError } from '../errors.ts';
import { isInside } from '../schema/paths.ts';
import { canonicalJson } from './canonical-json.ts';
import { keptPlan, type Plan } from './plan-types.ts';
import type { PlanInputs } from './plan.ts';
import { bundleWords } from '../targets/words.ts';
import { renderPlan } from './render-plan.ts';

export interface SavedPlan {
  readonly plan: Plan;
  readonly bundle: Uint8Array;
  readonly sourceMap: unknown;
  readonly source: readonly SourceFile[];
}

const FORMAT = 'riptides-plan';
const VERSION = 2;

/** Writes a plan and its bundle. The same plan gives the same bytes. Throws the system's error when the file cannot be written. */
export async function savePlan(
  path: string,
  plan: Plan,
  { bundle, sourceMap, source }: Pick<Compilation, 'bundle' | 'sourceMap'> & Pick<SavedPlan, 'source'>,
): Promise<void> {
  const texts = Object.fromEntries(
    source.map(({ path, content: bytes }) => [path, Buffer.from(bytes).toString()]),
  );
  const content = {
    plan: keptPlan(plan),
    bundle: Buffer.from(bundle).toString('base64'),
    sourceMap,
    source: texts,
  };
  const file = { format: FORMAT, version: VERSION, sha256: digestOf(content), content };
  await writeFile(path, `${canonicalJson(file)}\n`);
}

/**
 * Reads a plan that `savePlan` wrote.
 *
 * @throws UserError `plan-unreadable` when it is something else, or not as it was written
 */
export async function loadPlan(path: string): Promise<SavedPlan> {
  const refuse = (why: string, cause?: unknown): UserError =>
    new UserError('plan-unreadable', {
      message: `${path} is not a saved plan that can be applied`,
      why,
      fix: 'make a new one with riptides plan --output',
      cause,
    });
  let file: unknown;
  try {
    file = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw refuse(messageOf(error), error);
  }
  if (!isObject(file) || file['format'] !== FORMAT) throw refuse('it is not a plan of riptides');
  if (file['version'] !== VERSION)
    throw refuse(`it has format version ${String(file['version'])}, and this riptides reads ${VERSION}`);
  const content = file['content'];
  if (!isObject(content) || file['sha256'] !== digestOf(content))
    throw refuse('its checksum does not match its content');
  const { plan, bundle: text, sourceMap, source: texts } = content;
  if (!isPlan(plan) || !canBeShown(plan) || typeof text !== 'string' || !isTexts(texts))
    throw refuse('it lacks fields');
  const bundle = new Uint8Array(Buffer.from(text, 'base64'));
  if (sha256(bundle) !== plan.desired.digest) throw refuse('its bundle has another digest than the plan');
  openBundle(bundle);
  const source = Object.entries(texts).map(([path, one]) => ({ path, content: Buffer.from(one) }));
  return { plan, bundle, sourceMap, source };
}

/**
 * Refuses a plan when what it was made against has changed, and says what.
 *
 * @param now what is known now; with `desiredDigest`, the policy compiled now: a new commit that compiles to the same bundle is
 *   no reason to refuse
 * @throws UserError `plan-stale`
 */
export function refuseStale(plan: Plan, now: PlanInputs, desiredDigest?: string): void {
  const moved = whatMoved(plan, now, desiredDigest);
  if (moved.length === 0) return;
  throw new UserError('plan-stale', {
    message: 'the plan is stale: what it was made against has changed',
    why: moved.join('; '),
    fix: 'run riptides plan again, review what has changed, and apply the new plan',
  });
}

function whatMoved(plan: Plan, now: PlanInputs, desiredDigest: string | undefined): readonly string[] {
  const moved: string[] = [];
  const tell = (what: string, was: string, is: string): void => {
    if (was !== is) moved.push(`${what}: ${was} then, ${is} now`);
  };
  tell('target', `${plan.target}/${plan.node}`, `${now.target.name}/${now.target.node}`);
  if (now.live !== undefined && plan.base.generation === undefined)
    moved.push('the plan was made from the record alone, and not against what is in force');
  else if (now.live !== undefined) {
    const { generation, digest } = now.live.state;
    tell('generation in force', String(plan.base.generation), String(generation));
    tell('in force', bundleWords(plan.base.digest), bundleWords(digest));
  }
  tell('recorded', bundleWords(plan.base.recordedDigest), bundleWords(now.recorded?.manifest.digest));
  if (desiredDigest !== plan.desired.digest)
    tell('the policy', commitWords(plan.source.commit), commitWords(now.source.commit));
  return moved;
}

function commitWords(commit: string | undefined): string {
  return commit === undefined ? 'at no commit' : `at commit ${commit.slice(0, 12)}`;
}

function digestOf(content: object): string {
  return sha256(canonicalJson(content));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The further parts of a plan are only for display. */
function canBeShown(plan: Plan): boolean {
  try {
    return renderPlan(plan).length > 0;
  } catch {
    return false;
  }
}

/** Texts by paths that stay where they belong. */
function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return (
    isObject(value) && Object.entries(value).every(([path, one]) => isInside(path) && typeof one === 'string')
  );
}

function mayHaveText(object: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean {
  return names.every((name) => object[name] === undefined || typeof object[name] === 'string');
}

/** The digest proves that riptides wrote it; this is for plans of another version. */
function isPlan(value: unknown): value is Plan {
  return (
    isObject(value) &&
    value['schemaVersion'] === 2 &&
    typeof value['target'] === 'string' &&
    typeof value['node'] === 'string' &&
    isObject(value['base']) &&
    mayHaveText(value['base'], 'digest', 'recordedDigest') &&
    isObject(value['desired']) &&
    typeof value['desired']['digest'] === 'string' &&
    isObject(value['source']) &&
    mayHaveText(value['source'], 'commit') &&
    typeof value['changes'] === 'boolean' &&
    isObject(value['difference'])
  );
}
