// SPDX-License-Identifier: Apache-2.0

import { writeFile } from 'node:fs/promises';
import { Args, Flags } from '@oclif/core';
import { CONFIGURATION_KIND, configurationSchema } from '../agent/configuration/schema.ts';
import { RiptidesCommand } from '../cli/command.ts';
import { UserError } from '../errors.ts';
import { printData } from '../terminal/output.ts';
import { documentJsonSchema, isKind, jsonSchema } from '../schema/json-schema.ts';
import { writeTo } from '../cli/output.ts';
import { KINDS } from '../schema/kinds.ts';
import { suggestName } from '../diagnostics/suggest.ts';

export default class Schema extends RiptidesCommand {
  static override summary = 'Print the JSON Schema of the policy language, or of the agent.';
  static override description =
    'For editors and other tools (draft-07). With a comment at the top of a policy file, an editor with a YAML language server completes and checks it: # yaml-language-server: $schema=schema.json';
  static override examples = [
    { description: 'The schema of any document', command: '<%= config.bin %> schema' },
    { description: 'Of one kind', command: '<%= config.bin %> schema WorkloadIdentity' },
    {
      description: 'Of the configuration of the agent',
      command: '<%= config.bin %> schema AgentConfiguration',
    },
    { description: 'For your editor', command: '<%= config.bin %> schema --output schema.json' },
  ];
  static override args = {
    kind: Args.string({ description: 'the kind of document; all of a policy when it is left out' }),
  };
  static override flags = {
    output: Flags.string({ char: 'o', description: 'file to write the schema to', helpValue: 'FILE' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Schema);
    const schema = schemaOf(args.kind);
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

function schemaOf(kind: string | undefined): object {
  if (kind === CONFIGURATION_KIND) return documentJsonSchema(kind, configurationSchema);
  if (kind !== undefined && !isKind(kind)) throw unknownKind(kind);
  return jsonSchema(kind);
}

function unknownKind(written: string): UserError {
  const kinds = [...KINDS, CONFIGURATION_KIND];
  const suggestion = suggestName(written, kinds);
  return new UserError('usage', {
    message: `there is no kind "${written}"`,
    fix: suggestion === undefined ? `use one of ${kinds.join(', ')}` : `did you mean ${suggestion}?`,
  });
}
