// SPDX-License-Identifier: Apache-2.0
// SARIF 2.1.0, as code scanning services read it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

import { CODES, type DiagnosticCode } from '../codes.ts';
import type { SourceRange } from '../diagnostic.ts';
import { type Described, type DescribedDiagnostics, fullText } from './described.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** A JSON document of one run. Its rules are the codes that were given. */
export function formatSarif({ diagnostics, version }: DescribedDiagnostics): string {
  const codes = [...new Set(diagnostics.map(({ diagnostic }) => diagnostic.code))].sort();
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'riptides', semanticVersion: version, rules: codes.map(describeRule) } },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((described) => describeResult(described, codes)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function describeRule(code: DiagnosticCode): object {
  const { title, what, why, fix, example } = CODES[code];
  const text = `${what} ${why}\n\n${fix}\n\n${example}`;
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: `${what} ${why}` },
    help: { text, markdown: `${what} ${why}\n\n${fix}\n\n\`\`\`yaml\n${example}\n\`\`\`` },
  };
}

function describeResult(described: Described, codes: readonly DiagnosticCode[]): object {
  const { diagnostic, file, relatedFiles, path, fingerprint } = described;
  return {
    ruleId: diagnostic.code,
    ruleIndex: codes.indexOf(diagnostic.code),
    level: diagnostic.severity,
    message: { text: fullText(diagnostic) },
    locations: [
      {
        physicalLocation: physical(file, diagnostic.range),
        ...(path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
    relatedLocations: (diagnostic.related ?? []).map(({ range, message }, index) => ({
      id: index,
      physicalLocation: physical(relatedFiles[index] ?? range.file, range),
      message: { text: message },
    })),
    partialFingerprints: { 'riptidesFinding/v1': fingerprint },
  };
}

function physical(file: string, { start, end }: SourceRange): object {
  const absolute = file.startsWith('/');
  return {
    artifactLocation: {
      uri: `${absolute ? 'file://' : ''}${file.toWellFormed().split('/').map(encodeURIComponent).join('/')}`,
      // The service that shows it knows where the repository is.
      ...(absolute ? {} : { uriBaseId: '%SRCROOT%' }),
    },
    region: { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column },
  };
}
