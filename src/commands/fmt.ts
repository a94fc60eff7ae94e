// SPDX-License-Identifier: Apache-2.0

import { Args, Flags } from '@oclif/core';
import { RiptidesCommand } from '../cli/command.ts';
import { counted } from '../terminal/counted.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { EXIT, UserError } from '../errors.ts';
import { type FormattedFile, formatFiles, formatInput, shownDiff } from '../format/files.ts';
import { printData } from '../terminal/output.ts';
import { replaceFile } from '../format/replace.ts';
import { diagnosticsToJson } from '../diagnostics/render.ts';

export default class Fmt extends RiptidesCommand {
  static override summary = 'Rewrite policy files in the canonical format.';
  static override description =
    'Normalises indentation, quotes, line ends and the order of fields; values and comments are kept. In a directory, only the files of its policy are formatted; a file that is named is always formatted. Files with errors are left unchanged. Exit code 3 means that there are such files or, with --check, files that are not formatted.';
  static override examples = [
    { description: 'Format the policy in this directory', command: '<%= config.bin %> fmt' },
    {
      description: 'In CI: list files that are not formatted, and fail',
      command: '<%= config.bin %> fmt --check',
    },
    { description: 'See what would change', command: '<%= config.bin %> fmt policies/ --diff' },
    { description: 'For an editor: from standard input', command: '<%= config.bin %> fmt - < services.yaml' },
  ];
  static override args = {
    path: Args.string({
      description: 'files and directories, or - for standard input; default: this directory',
      multiple: true,
    }),
  };
  static override flags = {
    check: Flags.boolean({ description: 'write nothing; list the files that are not formatted' }),
    diff: Flags.boolean({
      description: 'write nothing; print a unified diff, with secrets masked',
    }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Fmt);
    const paths = args.path ?? ['.'];
    if (paths.includes('-')) return this.formatInput(paths, flags);
    const diagnostics: Diagnostic[] = [];
    const changed: string[] = [];
    const crlf: string[] = [];
    let unchanged = 0;
    for (const { value, diagnostics: found } of formatFiles(paths)) {
      for (const diagnostic of found) diagnostics.push(diagnostic);
      if (value === undefined) continue;
      if (value.text === value.before) {
        unchanged += 1;
        continue;
      }
      changed.push(value.file);
      if (value.hasCrlf) crlf.push(value.file);
      if (!flags.check && !flags.diff) await replaceFile(value.file, value.text);
      await this.showChange(value, flags);
    }
    if (flags.check && changed.length > 0) process.exitCode = EXIT.diagnostics;
    if (diagnostics.length > 0) process.exitCode = EXIT.diagnostics;
    await this.printDiagnostics(diagnostics);
    this.showLineEnds(crlf);
    this.showSummary(changed.length, unchanged, flags);
    return {
      ...diagnosticsToJson(diagnostics),
      written: !flags.check && !flags.diff && changed.length > 0,
      changed,
      crlf,
      unchanged,
    };
  }

  /** Standard input to standard output. */
  private async formatInput(paths: readonly string[], flags: Mode): Promise<object> {
    if (paths.length > 1) {
      throw new UserError('usage', {
        message: 'standard input (-) cannot be formatted together with files',
        fix: 'name either - or files and directories',
      });
    }
    const { value, diagnostics } = await formatInput();
    if (diagnostics.length > 0) process.exitCode = EXIT.diagnostics;
    await this.printDiagnostics(diagnostics);
    const json = diagnosticsToJson(diagnostics);
    if (value === undefined) return json;
    const isChanged = value.text !== value.before;
    if (flags.check && isChanged) process.exitCode = EXIT.diagnostics;
    if (!flags.check && !flags.diff && !this.jsonEnabled()) printData(value.text);
    else if (isChanged) await this.showChange(value, flags);
    if (value.hasCrlf) this.showLineEnds([value.file]);
    return { ...json, isChanged, text: value.text };
  }

  private async showChange(change: FormattedFile, flags: Mode): Promise<void> {
    if (this.jsonEnabled()) return;
    const { file } = change;
    if (!flags.diff) {
      this.print(flags.check ? file : `${this.paint('green', 'formatted')}  ${file}`);
      return;
    }
    const styled = (line: string): string =>
      line.startsWith('+')
        ? this.paint('green', line)
        : line.startsWith('-')
          ? this.paint('red', line)
          : line;
    const diff = shownDiff(change);
    if (diff !== '') this.print(...diff.trimEnd().split('\n').map(styled));
  }

  private showLineEnds(files: readonly string[]): void {
    const [first] = files;
    if (first === undefined || this.jsonEnabled()) return;
    const which = files.length === 1 ? first : `${first} and ${counted(files.length - 1, 'more file')}`;
    this.printNotes([
      `line ends change from CRLF to LF: ${which}; "*.yaml text eol=lf" in .gitattributes keeps git from writing CRLF`,
    ]);
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
