// SPDX-License-Identifier: Apache-2.0
// What Stryker wrote of its run, in figures and as a list of what no test noticed.

import { z } from 'zod';

const place = z.object({ line: z.number(), column: z.number() });

/** The part of Stryker's report that is read here. */
export const reportSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.string(),
      mutants: z.array(
        z.object({
          id: z.string(),
          mutatorName: z.string(),
          replacement: z.string().default(''),
          status: z.string(),
          location: z.object({ start: place, end: place }),
        }),
      ),
    }),
  ),
});

export type Report = z.infer<typeof reportSchema>;

/** `all` counts the mutants of the sample and those outside it; the others those of the sample. */
export interface Tally {
  readonly folder: string;
  readonly all: number;
  readonly killed: number;
  readonly timeout: number;
  readonly survived: number;
  readonly 'no coverage': number;
  readonly 'found %': string;
}

/** The figures of a folder. A mutant is found when a test fails or when the tests no longer end. */
export function tally(folder: string, report: Report): Tally {
  const statuses = Object.values(report.files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const count = (wanted: string): number => statuses.filter((status) => status === wanted).length;
  const figures = {
    killed: count('Killed'),
    timeout: count('Timeout'),
    survived: count('Survived'),
    'no coverage': count('NoCoverage'),
  };
  const found = figures.killed + figures.timeout;
  const tried = found + figures.survived + figures['no coverage'];
  return { folder, all: statuses.length, ...figures, 'found %': ((100 * found) / tried).toFixed(1) };
}

/** The report, with what became of those mutants that were asked again. */
export function withSecond(first: Report, second: Report): Report {
  const later = new Map(
    Object.values(second.files).flatMap(({ mutants }) =>
      mutants.map(({ id, status }) => [id, status] as const),
    ),
  );
  const files = Object.entries(first.files).map(([file, { source, mutants }]) => {
    const judged = mutants.map((mutant) =>
      isSurvivor(mutant) || mutant.status === 'Timeout'
        ? { ...mutant, status: later.get(mutant.id) ?? mutant.status }
        : mutant,
    );
    return [file, { source, mutants: judged }] as const;
  });
  return { files: Object.fromEntries(files) };
}

/** One line for each mutant that no test noticed: where it is, what stood there, what stood there instead. */
export function survivors({ files }: Report): readonly string[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants.filter(isSurvivor).map(({ mutatorName, replacement, location: { start } }) => {
      const line = lines[start.line - 1] ?? '';
      return `${file}:${start.line}:${start.column}: ${mutatorName}: ${line.trim()}  =>  ${replacement}`;
    });
  });
}

function isSurvivor({ status }: { readonly status: string }): boolean {
  return status === 'Survived' || status === 'NoCoverage';
}
