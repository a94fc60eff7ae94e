// SPDX-License-Identifier: Apache-2.0

import { writeFile } from 'node:fs/promises';
import { Args, Flags } from '@oclif/core';
import { RiptidesCommand } from '../cli/command.ts';
import { UserError } from '../errors.ts';
import { printData } from '../terminal/output.ts';
import { isKind, jsonSchema } from '../schema/json-schema.ts';
import { writeTo } from '../cli/output.ts';
import { KINDS } from '../schema/kinds.ts';
import { suggestName } from '../diagnostics/suggest.ts';

export default class Schema extends RiptidesCommand {
  static override summary = 'Print the JSON Schema of the policy language.';
  static override description =
    'For editors and other tools (draft-07). With a comment at the top of a policy file, an editor with a YAML language server completes and checks it: # yaml-language-server: $schema=schema.json';
  static override examples = [
    { description: 'The schema of any document', command: '<%= config.bin %> schema' },
    { description: 'Of one kind', command: '<%= config.bin %> schema WorkloadIdentity' },
    { description: 'For your editor', command: '<%= config.bin %> schema --output schema.json' },
  ];
  static override args = {
    kind: Args.string({ description: 'the kind of document; all of them when it is left out' }),
  };
  static override flags = {
    output: Flags.string({ char: 'o', description: 'file to write the schema to', helpValue: 'FILE' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Schema);
    if (args.kind !== undefined && !isKind(args.kind)) throw await unknownKind(args.kind);
    const schema = jsonSchema(args.kind);
    const text = `${JSON.stringify(schema, null, 2)}\n`;
    if (flags.output === undefined) {
      if (!this.jsonEnabled()) printData(text);
    } else {
      await writeTo(flags.output, (file) => writeFile(file, text));
      this.print(`written; at the top of a policy file: # yaml-language-server: $schema=${flags.output}`);
    }
    return { schema };
  }
}

async function unknownKind(written: string): Promise<UserError> {
  const suggestion = suggestName(written, KINDS);
  return new UserError('usage', {
    message: `there is no kind "${written}"`,
    fix: suggestion === undefined ? `use one of ${KINDS.join(', ')}` : `did you mean ${suggestion}?`,
  });
}
