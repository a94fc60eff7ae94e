// SPDX-License-Identifier: Apache-2.0

import type { LabelsConfiguration } from '../configuration/labels.ts';
import { configuredCollectors } from './collectors.ts';
import { asNoAnswer } from './http.ts';
import { withDeadline } from './source.ts';
import type { CollectorName } from './types.ts';

/** Whether a collector can do its work. */
export interface CollectorCheck {
  readonly name: CollectorName;
  /** `off`: the configuration does not ask for it. `missing`: it is set to auto, and its socket is not there. */
  readonly state: 'off' | 'missing' | 'reachable' | 'unreachable';
  /** What was reached, or why nothing was. */
  readonly detail?: string | undefined;
  /** What would help. */
  readonly fix?: string | undefined;
  readonly milliseconds: number;
}

/** Asks each collector of a configuration whether its source answers. */
export async function checkCollectors(
  configuration: LabelsConfiguration,
): Promise<readonly CollectorCheck[]> {
  return Promise.all(
    configuredCollectors(configuration).map(async ({ name, state, collector }): Promise<CollectorCheck> => {
      if (state !== 'on') return { name, state, milliseconds: 0 };
      const start = performance.now();
      const done = (rest: Pick<CollectorCheck, 'state' | 'detail' | 'fix'>): CollectorCheck => ({
        name,
        ...rest,
        milliseconds: performance.now() - start,
      });
      try {
        const detail = await withDeadline(collector.deadline, undefined, collector.check);
        return done({ state: 'reachable', detail });
      } catch (error) {
        const detail = asNoAnswer(error).message;
        return done({ state: 'unreachable', detail, fix: fixOf(name, detail) });
      }
    }),
  );
}

/** What usually helps, by the source and by what it said. */
function fixOf(name: CollectorName, detail: string): string {
  if (detail === 'this user may not connect to it')
    return 'run as root, or as a user who may write to the socket';
  if (detail === 'busctl is not installed') return 'install the package that has busctl: systemd';
  switch (name) {
    case 'systemd':
      return 'check that the system bus runs: systemctl status dbus';
    case 'docker':
    case 'podman':
      return `check that it runs: systemctl status ${name}.socket`;
    case 'kubernetes':
      return 'the token needs the permission get on nodes/proxy (kubelet) or list on pods (API server); see docs/agent-labels.md';
    case 'ec2':
    case 'gcp':
    case 'azure':
      return 'the agent must run on the machine itself, and reach its metadata service; else set enabled: false';
    case 'static':
    case 'linuxos':
    case 'sysfsdmi':
    case 'node':
      return 'check that /sys and /etc can be read';
  }
}
