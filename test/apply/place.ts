// SPDX-License-Identifier: Apache-2.0
// A project with a clock, an embedded target and records: what the tests of apply share.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type ApplyOptions, applyBundle, type ApplyResult } from '../../src/apply/apply.ts';
import { embeddedTarget } from '../../src/targets/embedded.ts';
import type { Desired } from '../../src/plan/plan.ts';
import { openRecords, type Records } from '../../src/records/records.ts';
import { readRevision } from '../../src/records/source.ts';
import { readStatus, type Status } from '../../src/apply/status.ts';
import type { Target } from '../../src/targets/target.ts';
import { inFolder, numbered } from './policies.ts';
import { makeRepository, sourceIn } from './repositories.ts';

/** The ref of the records. */
export const REF = 'refs/riptides/embedded/n/+/applied';
export const A = numbered(1);
export const B = numbered(2);
export const C = numbered(3);

// A machine where git knows nobody's name. Each test file is a process of its own.
// Nor can it be made: a root's tests would else leave folders there.
process.env['HOME'] = '/dev/null/nobody';

export interface Place {
  readonly project: string;
  readonly clock: { now: number };
  readonly target: Target;
  open(): Promise<Records>;
  apply(what: Desired, more?: Partial<ApplyOptions>): Promise<ApplyResult>;
  options(): Promise<ApplyOptions>;
}

/** A project whose state is kept elsewhere, so that the project may be read-only. */
export async function inPlace(
  use: (place: Place) => Promise<void>,
  { repository = true } = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const project = join(folder, 'project');
    mkdirSync(project);
    if (repository) makeRepository(project);
    const clock = { now: Date.now() };
    const target = embeddedTarget({
      project,
      directory: join(folder, 'state'),
      node: 'n',
      now: () => clock.now,
    });
    const open = (): Promise<Records> => openRecords({ project, target: 'embedded', node: 'n' });
    const options = async (): Promise<ApplyOptions> => ({ target, records: await open() });
    await use({
      project,
      clock,
      target,
      open,
      options,
      apply: async (what, more = {}) =>
        applyBundle(
          {
            ...what,
            source: sourceIn(project).files,
            revision: await readRevision(project, sourceIn(project)),
            plan: { of: what.digest },
            expectedGeneration: (await target.info()).generation,
          },
          { ...(await options()), ...more },
        ),
    });
  });
}

/** What `riptides status` would say; it repairs the record. */
export const statusOf = async (place: Place): Promise<Status> => readStatus(place.target, await place.open());
