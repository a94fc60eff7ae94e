// SPDX-License-Identifier: Apache-2.0

import { writeFile } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import { directoryArg, RiptidesCommand, sharedFlags } from '../cli/command.ts';
import { counted } from '../terminal/counted.ts';
import { compileHere } from '../operations/compile.ts';
import { writeTo } from '../cli/output.ts';

export default class Compile extends RiptidesCommand {
  static override summary = 'Compile a policy to a bundle.';
  static override description =
    'With --output, writes the bundle, and beside it the source map (<bundle>.map.json) that leads from rules back to lines. The same policy gives the same bytes.';
  static override examples = [
    {
      description: 'Compile this directory to policy.rtb',
      command: '<%= config.bin %> compile --output policy.rtb',
    },
    { description: 'Only the digest', command: '<%= config.bin %> compile --json' },
  ];
  static override args = { directory: directoryArg };
  static override flags = {
    output: Flags.string({ char: 'o', description: 'file to write the bundle to', helpValue: 'FILE' }),
    node: sharedFlags.node,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Compile);
    const { compilation, diagnostics } = await this.showing('compiling', ({ update }) =>
      compileHere(args.directory, { node: flags.node, onProgress: update }),
    );
    await this.printDiagnostics(diagnostics);
    const { bundle, digest, sourceMap, model, otherNodes } = compilation;
    if (flags.output !== undefined) {
      await writeTo(flags.output, async (file) => {
        await writeFile(file, bundle);
        await writeFile(`${file}.map.json`, `${JSON.stringify(sourceMap, null, 2)}\n`);
      });
    }
    const result = {
      digest,
      size: bundle.length,
      identities: model.identities.length,
      otherNodes,
      services: model.services.length,
      rules: sourceMap.rules.length,
      ...(flags.output === undefined ? {} : { bundle: flags.output, sourceMap: `${flags.output}.map.json` }),
    };
    const counts = [
      counted(result.identities, 'identity', 'identities'),
      counted(result.services, 'service'),
      counted(result.rules, 'rule'),
      counted(result.size, 'byte'),
    ];
    this.print(
      `sha256:${digest}`,
      `${counts.join(', ')}${flags.output === undefined ? '' : ` in ${flags.output}`}`,
      ...(otherNodes > 0 ? [`${counted(otherNodes, 'identity is', 'identities are')} for other nodes`] : []),
    );
    return result;
  }
}
