// SPDX-License-Identifier: Apache-2.0
// Findings for the programs that show them: code scanning, build servers, merge requests.

import { type Findings } from './formats/finding.ts';
import { formatGithub } from './formats/github.ts';
import { formatGitlab } from './formats/gitlab.ts';
import { formatJunit } from './formats/junit.ts';
import { formatSarif } from './formats/sarif.ts';

export { describeFindings } from './formats/finding.ts';

/** By the name that `--format` takes. */
export const FORMATS = {
  sarif: formatSarif,
  junit: formatJunit,
  github: formatGithub,
  gitlab: formatGitlab,
} as const satisfies Record<string, (findings: Findings) => string>;
