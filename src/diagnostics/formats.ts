// SPDX-License-Identifier: Apache-2.0
// Diagnostics for other programs: code scanning, CI servers, merge requests.

import { type DescribedDiagnostics } from './formats/described.ts';
import { formatGithub } from './formats/github.ts';
import { formatGitlab } from './formats/gitlab.ts';
import { formatJunit } from './formats/junit.ts';
import { formatSarif } from './formats/sarif.ts';

export { describeDiagnostics } from './formats/described.ts';

/** By the name that `--format` takes. */
export const FORMATS = {
  sarif: formatSarif,
  junit: formatJunit,
  github: formatGithub,
  gitlab: formatGitlab,
} as const satisfies Record<string, (diagnostics: DescribedDiagnostics) => string>;
