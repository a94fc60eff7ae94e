// SPDX-License-Identifier: Apache-2.0

import { Args, Flags } from '@oclif/core';
import { RiptidesCommand } from '../cli/command.ts';
import { EXIT, UserError } from '../errors.ts';
import { printData } from '../terminal/output.ts';
import { importedText, importFiles } from '../import/import.ts';
import { diagnosticsToJson } from '../diagnostics/render.ts';
import { writeImported } from '../import/write.ts';
import { isTrustDomain } from '../schema/names.ts';

export default class Import extends RiptidesCommand {
  static override summary = 'Convert policies of the older dialect.';
  static override description =
    'In the older dialect a file is a list of identities and services, without kinds and names. Each entry becomes a document, formatted and with its comments. Documents with a kind are kept, except for what was replaced in the language: a WorkloadCredential and the rules that name it become a CredentialBinding, scope.agent becomes scope.daemon. What cannot be converted is reported with its position, and then nothing is written. Files of the older dialect can also stay as they are: every command reads them. Exit code 3 means that there are errors.';
  static override examples = [
    { description: 'Print the conversion of a file', command: '<%= config.bin %> import old/policies.yaml' },
    {
      description: 'Write one file for each document',
      command: '<%= config.bin %> import old/policies.yaml old/services.yaml -o policies/shop',
    },
    {
      description: 'Write the trust domain out where a placeholder stands for it',
      command: '<%= config.bin %> import old/ -o policies/shop --trust-domain shop.example',
    },
  ];
  static override args = {
    file: Args.string({
      description: 'older files, or directories of them',
      required: true,
      multiple: true,
    }),
  };
  static override flags = {
    output: Flags.string({
      char: 'o',
      description: 'directory to write one file per document to; created if missing',
      helpValue: 'DIR',
    }),
    force: Flags.boolean({ description: 'overwrite files that exist', dependsOn: ['output'] }),
    'trust-domain': Flags.string({
      description:
        'write this for {{.TrustDomain}}; without it the placeholder stays, and is that of the project',
      helpValue: 'DOMAIN',
    }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Import);
    await checkTrustDomain(flags['trust-domain']);
    const { value, diagnostics } = importFiles(args.file, { trustDomain: flags['trust-domain'] });
    const json = diagnosticsToJson(diagnostics);
    await this.printDiagnostics(diagnostics);
    if (!json.valid) process.exitCode = EXIT.diagnostics;
    if (value === undefined) return json;
    const documents = value.map(({ kind, name, source }) => ({ kind, name, source }));
    if (flags.output === undefined) {
      const text = importedText(value);
      if (!this.jsonEnabled()) printData(text);
      return { ...json, documents, text };
    }
    const files = await writeImported(flags.output, value, flags.force);
    this.print(...files.map((file) => `wrote ${file}`));
    return { ...json, documents: documents.map((document, i) => ({ ...document, file: files[i] })) };
  }
}

async function checkTrustDomain(name: string | undefined): Promise<void> {
  if (name === undefined || isTrustDomain(name)) return;
  throw new UserError('usage', {
    message: `"${name}" is not a trust domain`,
    fix: 'write lower-case letters, digits, ".", "-" and "_", such as shop.example',
  });
}
