// SPDX-License-Identifier: Apache-2.0

import { Args, Flags } from '@oclif/core';
import { RiptidesCommand } from '../cli/command.ts';
import { counted } from '../terminal/counted.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { EXIT } from '../errors.ts';
import type { FormattedFile } from '../format/files.ts';
import { printData } from '../terminal/output.ts';

export default class Fmt extends RiptidesCommand {
  static override summary = 'Write policy files in their one form.';
  static override description =
    'Puts indentation, quotes and the order of fields in their one form, and keeps what they mean and every comment. Of a directory, the files of its policy are formatted, and no other YAML; a file that is named is formatted whatever it holds. Files with errors are left as they are. Exit code 3 means that there are such files or, with --check, files that are not formatted.';
  static override examples = [
    { description: 'Format the policy in this directory', command: '<%= config.bin %> fmt' },
    {
      description: 'In a build: list what is not formatted, and fail',
      command: '<%= config.bin %> fmt --check',
    },
    { description: 'See what would change', command: '<%= config.bin %> fmt policies/ --diff' },
    { description: 'For an editor: from standard input', command: '<%= config.bin %> fmt - < services.yaml' },
  ];
  static override args = {
    path: Args.string({
      description: 'files and directories; this directory when there are none; - is standard input',
      multiple: true,
    }),
  };
  static override flags = {
    check: Flags.boolean({ description: 'write nothing, and list the files that are not formatted' }),
    diff: Flags.boolean({
      description: 'write nothing, and print what would change, with asterisks for secrets',
    }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Fmt);
    const paths = args.path ?? ['.'];
    if (paths.includes('-')) return this.formatInput(paths, flags);
    const { formatFiles } = await import('../format/files.ts');
    const { replaceFile } = await import('../format/replace.ts');
    const diagnostics: Diagnostic[] = [];
    const changed: string[] = [];
    let unchanged = 0;
    for (const { value, diagnostics: found } of formatFiles(paths)) {
      for (const diagnostic of found) diagnostics.push(diagnostic);
      if (value === undefined) continue;
      if (value.text === value.before) {
        unchanged += 1;
        continue;
      }
      changed.push(value.file);
      if (!flags.check && !flags.diff) await replaceFile(value.file, value.text);
      await this.showChange(value, flags);
    }
    if (flags.check && changed.length > 0) process.exitCode = EXIT.findings;
    if (diagnostics.length > 0) process.exitCode = EXIT.findings;
    await this.printDiagnostics(diagnostics);
    this.showSummary(changed.length, unchanged, flags);
    const { diagnosticsToJson } = await import('../diagnostics/render.ts');
    return {
      ...diagnosticsToJson(diagnostics),
      written: !flags.check && !flags.diff && changed.length > 0,
      changed,
      unchanged,
    };
  }

  /** Standard input to standard output. */
  private async formatInput(paths: readonly string[], flags: Mode): Promise<object> {
    const { UserError } = await import('../errors.ts');
    if (paths.length > 1) {
      throw new UserError('usage', {
        message: 'standard input (-) cannot be formatted together with files',
        fix: 'name either - or files and directories',
      });
    }
    const { formatInput } = await import('../format/files.ts');
    const { value, diagnostics } = await formatInput();
    if (diagnostics.length > 0) process.exitCode = EXIT.findings;
    await this.printDiagnostics(diagnostics);
    const { diagnosticsToJson } = await import('../diagnostics/render.ts');
    const findings = diagnosticsToJson(diagnostics);
    if (value === undefined) return findings;
    const isChanged = value.text !== value.before;
    if (flags.check && isChanged) process.exitCode = EXIT.findings;
    if (!flags.check && !flags.diff && !this.jsonEnabled()) printData(value.text);
    else if (isChanged) await this.showChange(value, flags);
    return { ...findings, isChanged, text: value.text };
  }

  private async showChange(change: FormattedFile, flags: Mode): Promise<void> {
    if (this.jsonEnabled()) return;
    const { file } = change;
    if (!flags.diff) {
      this.print(flags.check ? file : `${this.paint('green', 'formatted')}  ${file}`);
      return;
    }
    const { shownDiff } = await import('../format/files.ts');
    const styled = (line: string): string =>
      line.startsWith('+')
        ? this.paint('green', line)
        : line.startsWith('-')
          ? this.paint('red', line)
          : line;
    this.print(...shownDiff(change).trimEnd().split('\n').map(styled));
  }

  /** Goes to standard error, so that a list or a diff is all there is on standard output. */
  private showSummary(changed: number, unchanged: number, flags: Mode): void {
    const what = flags.check || flags.diff ? 'not formatted' : 'formatted';
    this.printAside(`${counted(changed, 'file')} ${what}, ${unchanged} unchanged`);
  }
}

interface Mode {
  readonly check: boolean;
  readonly diff: boolean;
}
