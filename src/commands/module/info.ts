// SPDX-License-Identifier: Apache-2.0

import { FEATURE_FLAGS } from '../../bundle/generated.ts';
import { flagNames } from '../../bundle/reader-numbers.ts';
import { RiptidesCommand } from '../../cli/command.ts';
import { holderLines, moduleInfo } from '../../module/load.ts';
import { table } from '../../terminal/paint.ts';

export default class ModuleInfo extends RiptidesCommand {
  static override summary = 'Show the version and state of the loaded module.';
  static override description =
    'Its version and state, the features that a policy may need of it, what is in force, the sockets it governs, and its counters.';
  static override examples = [
    { description: 'Show version and state', command: '<%= config.bin %> module info' },
  ];

  async run(): Promise<object> {
    await this.parse(ModuleInfo);
    const info = await moduleInfo();
    const features = flagNames(FEATURE_FLAGS, info.features);
    const rows: string[][] = [
      ['module', `riptides ${info.moduleVersion}, bundle format ${info.bundleVersion}`],
      ['features', features.join(', ') || 'none'],
      ['state', info.state],
      ['generation', String(info.generation)],
      [
        'bundle',
        info.digest === undefined ? 'none' : `sha256:${info.digest.slice(0, 12)}  ${info.size ?? 0} bytes`,
      ],
      ['agent', info.agent === undefined ? 'none' : `process ${info.agent}`],
      ['sockets', `${info.sockets} governed`],
      ...(info.state === 'draining' ? holderLines(info) : []).map((line) => ['held by', line]),
      ...Object.entries(info.counters).map(([name, value]) => [name, String(value)]),
    ];
    this.print(...table(rows));
    this.printNotes(info.notes);
    return { ...info, features };
  }
}
