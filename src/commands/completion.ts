// SPDX-License-Identifier: Apache-2.0

import { Args } from '@oclif/core';
import { RiptidesCommand } from '../cli/command.ts';
import { printData } from '../terminal/output.ts';
import { SHELLS } from '../cli/completion/script.ts';
import { readReference } from '../cli/reference/read.ts';

/** Those of SHELLS, which is loaded only when it is asked for. */
const OPTIONS = ['bash', 'zsh', 'fish'] as const satisfies readonly (keyof typeof SHELLS)[];

export default class Completion extends RiptidesCommand {
  static override summary = 'Print a completion script for your shell.';
  static override description = `A script for the shell, to be read once or to be kept where the shell looks. It holds all commands, flags and values, and does not run riptides when you press Tab; print it again after an update. The package also holds it, in share/completions.

Make the directory if it is missing. bash reads ~/.local/share/bash-completion/completions by itself where the package bash-completion is installed; where it is not, source the file in ~/.bashrc. zsh reads the directories of $fpath, before compinit is called in ~/.zshrc. fish reads ~/.config/fish/completions.`;
  static override examples = [
    { description: 'bash, in this shell', command: 'source <(<%= config.bin %> completion bash)' },
    {
      description: 'bash, from now on',
      command:
        '<%= config.bin %> completion bash > ~/.local/share/bash-completion/completions/<%= config.bin %>',
    },
    { description: 'zsh, in this shell', command: 'source <(<%= config.bin %> completion zsh)' },
    {
      description: 'zsh, from now on',
      command: '<%= config.bin %> completion zsh > "${fpath[1]}/_<%= config.bin %>"',
    },
    {
      description: 'fish, from now on',
      command: '<%= config.bin %> completion fish > ~/.config/fish/completions/<%= config.bin %>.fish',
    },
  ];
  static override args = {
    shell: Args.option({ options: OPTIONS })({ description: 'the shell', required: true }),
  };

  async run(): Promise<object> {
    const { args } = await this.parse(Completion);
    const { file, write } = SHELLS[args.shell];
    const script = write(readReference(this.config));
    if (!this.jsonEnabled()) printData(script);
    return { shell: args.shell, file, script };
  }
}
