// SPDX-License-Identifier: Apache-2.0

import { Flags } from '@oclif/core';
import { RiptidesCommand } from '../../cli/command.ts';
import { buildModule } from '../../module/build.ts';

export default class ModuleBuild extends RiptidesCommand {
  static override summary = 'Build the kernel module for a kernel.';
  static override description =
    'Compiles the sources that come with riptides against the headers of a kernel, in a cache directory. Says what to install when something is missing.';
  static override examples = [
    { description: 'Build for the running kernel', command: '<%= config.bin %> module build' },
    {
      description: 'Build for another kernel',
      command:
        '<%= config.bin %> module build --release 6.1.0-56-amd64 --kernel-tree /usr/src/linux-headers-6.1.0-56-amd64',
    },
  ];
  static override flags = {
    release: Flags.string({
      description: 'release of the kernel (uname -r); default: the running one',
      helpValue: 'RELEASE',
    }),
    'kernel-tree': Flags.string({
      description: "the kernel's build tree; default: /lib/modules/RELEASE/build",
      helpValue: 'DIR',
    }),
    force: Flags.boolean({ description: 'rebuild even if it is built already' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(ModuleBuild);
    const tree = flags['kernel-tree'];
    const built = await this.showing('building the module', () =>
      buildModule({
        release: flags.release,
        kernelTree: tree,
        force: flags.force,
        signal: this.interrupted(),
      }),
    );
    this.print(
      `${this.paint('green', built.cached ? 'cached' : 'built')}  ${built.path} for ${built.release}`,
    );
    return built;
  }
}
