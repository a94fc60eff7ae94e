// SPDX-License-Identifier: Apache-2.0
// One compiler that sees a policy change, against a new compiler each time: findings, bundle and source map must be the same.
// RIPTIDES_RUNS sets how many histories, RIPTIDES_SEED where to begin.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createAnalysis } from '../../src/compiler/analyse/analyse.ts';
import { createModelCompiler } from '../../src/compiler/compile-model.ts';
import { compilePolicy, createCompiler } from '../../src/compiler/compile.ts';
import { createGuard } from '../../src/compiler/guard/guard.ts';
import { createResolving } from '../../src/compiler/resolve/resolve.ts';
import type { ShapedDocument } from '../../src/compiler/shape/types.ts';
import type { CompiledModel } from '../../src/compiler/types.ts';
import type { Checked } from '../../src/diagnostics/diagnostic.ts';
import { randomCase } from '../oracle/generate.ts';
import { type Random, randomFrom } from '../oracle/random.ts';
import { SEED } from '../seed.ts';

const RUNS = Number(process.env['RIPTIDES_RUNS'] ?? 60);
const STEPS = 12;

/** All that one sees of a compilation, places included. */
function seen({ value, diagnostics }: Checked<CompiledModel>): unknown {
  return {
    diagnostics: JSON.parse(JSON.stringify(diagnostics)),
    digest: value?.digest,
    bytes: value === undefined ? 0 : value.bundle.length,
    sourceMap: value === undefined ? undefined : JSON.parse(JSON.stringify(value.sourceMap)),
  };
}

function stages() {
  const resolve = createResolving();
  const guard = createGuard();
  const analyse = createAnalysis();
  const compile = createModelCompiler();
  return (documents: readonly ShapedDocument[]): Checked<CompiledModel> => {
    const { value, diagnostics } = resolve(documents, {});
    const guarded = guard(documents);
    if (value === undefined) return { diagnostics: [...diagnostics, ...guarded] };
    const compiled = compile(value);
    return {
      ...compiled,
      diagnostics: [...diagnostics, ...guarded, ...analyse(value), ...compiled.diagnostics],
    };
  };
}

/** The documents after one change: those of another policy have the same names. */
function changeDocuments(documents: readonly ShapedDocument[], random: Random): readonly ShapedDocument[] {
  const place = random.below(documents.length);
  const others = randomCase(random.below(1_000_000)).documents;
  const name = documents[place]?.metadata.name;
  const other = others.find(({ metadata }) => metadata.name === name);
  switch (random.below(8)) {
    case 0:
      return documents.toSpliced(place, 1);
    case 1: {
      const known = new Set(documents.map(({ metadata }) => metadata.name));
      return documents.toSpliced(
        place,
        0,
        ...others.filter(({ metadata }) => !known.has(metadata.name)).slice(0, 1),
      );
    }
    case 2:
      return documents.toSpliced(place, 0, ...others.slice(0, 1));
    default:
      return other === undefined ? documents : documents.with(place, other);
  }
}

function replay(seed: number, runs: string): string {
  return `replay with RIPTIDES_SEED=${seed} RIPTIDES_RUNS=1 (${runs})`;
}

test(
  'random policies that change compile as they do from the start',
  () => {
    let compiled = 0;
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      const random = randomFrom(seed);
      const again = stages();
      let { documents } = randomCase(seed);
      for (let step = 0; step <= STEPS; step++) {
        try {
          const result = again(documents);
          if (result.value !== undefined) compiled++;
          expect(seen(result)).toEqual(seen(stages()(documents)));
        } catch (error) {
          throw new Error(replay(seed, `step ${step}`), { cause: error });
        }
        documents = changeDocuments(documents, random);
      }
    }
    // They are worth something only if most of them have no errors.
    expect(compiled).toBeGreaterThan((RUNS * STEPS) / 4);
  },
  60_000 + RUNS * 500,
);

const POLICIES = join(import.meta.dirname, '../../policies');

/** Changes a file as people do: a number, a word, a line. */
function changeText(text: string, other: string, random: Random): string {
  const lines = text.split('\n');
  const place = random.below(lines.length);
  const line = lines[place] ?? '';
  switch (random.below(8)) {
    case 0:
      return lines.toSpliced(place, 1).join('\n');
    case 1:
      return lines.toSpliced(place, 0, line).join('\n');
    case 2:
      return `${text}# ${random.below(100)}\n`;
    case 3:
      return `${text}---\n${other}`;
    case 4:
      return lines
        .with(
          place,
          line.replace(/[a-z]+/, (word) => `${word}${random.below(3)}`),
        )
        .join('\n');
    default: {
      const numbers = [...text.matchAll(/\d+/g)];
      const number = numbers[random.below(Math.max(numbers.length, 1))];
      if (number === undefined) return text;
      const { index } = number;
      return `${text.slice(0, index)}${random.below(70_000)}${text.slice(index + number[0].length)}`;
    }
  }
}

test(
  'files that are edited compile as they do from the start, named or not',
  async () => {
    let compiled = 0;
    for (let seed = SEED; seed < SEED + Math.ceil(RUNS / 6); seed++) {
      const root = mkdtempSync(join(tmpdir(), 'riptides-incremental-'));
      try {
        const random = randomFrom(seed);
        const source = random.pick(['shop', 'shop', 'break-glass', 'github-pat', 'mtls', 'build-host']);
        cpSync(join(POLICIES, 'examples', source), root, { recursive: true });
        if (random.once(2))
          cpSync(join(POLICIES, 'guardrails'), join(root, 'guardrails'), { recursive: true });
        const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
          .map((file) => join(root, file))
          .filter((file) => file.endsWith('.yaml') && statSync(file).isFile());
        const originals = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
        const compiler = createCompiler();
        let changed: ReadonlySet<string> | undefined;
        for (let step = 0; step <= STEPS; step++) {
          const result = await compiler.compile([root], { scopes: 'ignore' }, changed);
          if (result.value !== undefined) compiled++;
          const fresh = await compilePolicy([root], { scopes: 'ignore' });
          try {
            expect(seen(result)).toEqual(seen(fresh));
          } catch (error) {
            throw new Error(replay(seed, `step ${step}`), { cause: error });
          }
          const file = files[random.below(files.length)] ?? '';
          const original = originals.get(file) ?? '';
          const other = originals.get(files[random.below(files.length)] ?? '') ?? '';
          // A broken file is mended before the next change, so that most steps compile.
          const text =
            result.value === undefined ? original : changeText(readFileSync(file, 'utf8'), other, random);
          if (result.value === undefined) for (const [one, was] of originals) writeFileSync(one, was);
          writeFileSync(file, text);
          const named = result.value === undefined ? files : [file];
          changed = random.once(4) ? undefined : new Set(named);
        }
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }
    expect(compiled).toBeGreaterThan(RUNS / 6);
  },
  60_000 + RUNS * 2_000,
);
