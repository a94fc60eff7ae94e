// SPDX-License-Identifier: Apache-2.0
// Writes docs/codes: a page for each finding.

import { CODES, isDiagnosticCode } from '../../src/diagnostics/codes.ts';
import { blocks, table } from './markdown.ts';

const NOTICE = '<!-- Written from src/diagnostics/codes by "npm run generate"; do not edit. -->';

const STAGES: Readonly<Record<string, string>> = {
  '10': 'Reading files',
  '11': 'The shape of documents',
  '12': 'Names and references',
  '13': 'Guardrails',
  '14': 'What a policy says as a whole',
  '15': 'What the kernel has room for',
  '16': 'Conditions',
  '17': 'Lint',
  '18': 'Tests',
};

/** Every page, by the name of its file. */
export function codeDocs(): ReadonlyMap<string, string> {
  const codes = Object.keys(CODES).filter(isDiagnosticCode).sort();
  const byStage = Map.groupBy(codes, (code) => code.slice(3, 5));
  const index = blocks([
    NOTICE,
    '# Findings',
    'A code keeps its meaning for ever. `riptides explain RTP1101` prints its page.',
    ...[...byStage].flatMap(([stage, own]) => [
      `## ${STAGES[stage] ?? stage}`,
      table(
        ['code', 'finding'],
        own.map((code) => [`[${code}](${code}.md)`, CODES[code].title]),
      ),
    ]),
  ]);
  return new Map([['README.md', index], ...codes.map((code) => [`${code}.md`, page(code)] as const)]);
}

function page(code: keyof typeof CODES): string {
  const { title, what, why, fix, example } = CODES[code];
  return blocks([
    NOTICE,
    `# ${code}: ${title}`,
    what,
    `**Why.** ${why}`,
    `**What to do.** ${fix}`,
    `\`\`\`${example.startsWith('riptides ') ? 'sh' : 'yaml'}\n${example.trimEnd()}\n\`\`\``,
  ]);
}
