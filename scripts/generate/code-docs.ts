// SPDX-License-Identifier: Apache-2.0
// Writes docs/codes: a page for each code.

import type { CodeEntry } from '../../src/diagnostics/codes/entry.ts';
import { PAGES } from '../../src/diagnostics/codes/pages.ts';
import { blocks, table } from './markdown.ts';

const NOTICE = '<!-- Written from src/diagnostics/codes by "npm run generate"; do not edit. -->';

const GROUPS: Readonly<Record<string, string>> = {
  RTE10: 'Errors: the kernel',
  RTE11: 'Errors: bundles',
  RTE12: 'Errors: what moved meanwhile',
  RTE13: 'Errors: the target',
  RTE14: 'Errors: plans, records and state',
  RTE15: 'Errors: building and loading the module',
  RTE16: 'Errors: host names',
  RTE19: 'Errors: the command line',
  RTP10: 'Reading files',
  RTP11: 'Documents and their fields',
  RTP12: 'Names and references',
  RTP13: 'Guardrails',
  RTP14: 'The policy as a whole',
  RTP15: 'Limits of the kernel',
  RTP16: 'Conditions',
  RTP17: 'Lint',
  RTP18: 'Tests',
  RTP19: 'Output',
  RTP20: 'The agent',
};

/** Every page, by the name of its file. */
export function codeDocs(): ReadonlyMap<string, string> {
  const groups = Map.groupBy(PAGES, ([code]) => code.slice(0, 5));
  const index = blocks([
    NOTICE,
    '# Codes',
    'Diagnostics of a policy begin with RTP, errors of the command line with RTE. A code never changes its meaning. `riptides explain RTP1101` prints its page.',
    ...Object.entries(GROUPS).flatMap(([group, title]) => [
      `## ${title}`,
      table(
        ['code', 'meaning'],
        (groups.get(group) ?? []).map(([code, { title: meaning }]) => [`[${code}](${code}.md)`, meaning]),
      ),
    ]),
  ]);
  const pages = [...PAGES].map(([code, entry]) => [`${code}.md`, page(code, entry)] as const);
  return new Map([['README.md', index], ...pages]);
}

function page(code: string, { title, what, why, fix, example }: CodeEntry): string {
  const language = code.startsWith('RTE') || example.startsWith('riptides ') ? 'sh' : 'yaml';
  return blocks([
    NOTICE,
    `# ${code}: ${title}`,
    what,
    `**Why.** ${why}`,
    `**What to do.** ${fix}`,
    `\`\`\`${language}\n${example.trimEnd()}\n\`\`\``,
  ]);
}
