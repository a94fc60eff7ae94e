// SPDX-License-Identifier: Apache-2.0
// The code quality report of GitLab: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format

import { type DescribedDiagnostics, fullText } from './described.ts';

/** A JSON array with an object for each diagnostic. */
export function formatGitlab({ diagnostics }: DescribedDiagnostics): string {
  const issues = diagnostics.map(({ diagnostic, file, fingerprint }) => ({
    description: fullText(diagnostic),
    check_name: diagnostic.code,
    fingerprint,
    severity: diagnostic.severity === 'error' ? 'major' : 'minor',
    location: {
      path: file,
      lines: { begin: diagnostic.range.start.line, end: diagnostic.range.end.line },
    },
  }));
  return `${JSON.stringify(issues, null, 2)}\n`;
}
