// SPDX-License-Identifier: Apache-2.0
// The code quality report of GitLab: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format

import { type Findings, fullText } from './finding.ts';

/** A JSON array, one object a finding. */
export function formatGitlab({ findings }: Findings): string {
  const issues = findings.map(({ diagnostic, file, fingerprint }) => ({
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
