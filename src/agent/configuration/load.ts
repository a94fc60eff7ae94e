// SPDX-License-Identifier: Apache-2.0

import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { pathDiagnostic } from '../../compiler/load/find.ts';
import { parseFile } from '../../compiler/load/parse.ts';
import type { LoadedDocument } from '../../compiler/load/types.ts';
import { issueDiagnostics } from '../../compiler/shape/issues.ts';
import type { Checked, Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { API_VERSION } from '../../schema/document.ts';
import { messageOf } from '../../errors.ts';
import { type AgentConfiguration, CONFIGURATION_KIND, configurationSchema } from './schema.ts';

/** Bytes of the file. */
const LARGEST_FILE = 1024 * 1024;

/** The configuration of an agent that was given none. */
export function defaultConfiguration(): AgentConfiguration {
  return configurationSchema.parse({
    apiVersion: API_VERSION,
    kind: CONFIGURATION_KIND,
    spec: { labels: {} },
  }).spec;
}

/**
 * Reads the configuration of the agent, at its start and when it is told to read it again. Never throws. Diagnostics: RTP10xx, RTP11xx and
 * RTP20xx; without errors there is a value.
 */
export function loadConfiguration(file: string): Checked<AgentConfiguration> {
  const bytes = readFile(file);
  if (bytes.value === undefined) return { diagnostics: bytes.diagnostics };
  const parsed = parseFile(file, bytes.value);
  if (parsed.value === undefined || parsed.diagnostics.length > 0) return { diagnostics: parsed.diagnostics };
  const [document, other] = parsed.value;
  if (document === undefined || other !== undefined) return { diagnostics: [notOne(file, other)] };
  const result = configurationSchema.safeParse(document.value);
  if (!result.success)
    return { diagnostics: issueDiagnostics(result.error.issues, configurationSchema, document) };
  return { value: result.data.spec, diagnostics: openSecrets(result.data.spec, document) };
}

function readFile(file: string): Checked<Buffer> {
  try {
    // A pipe would have to be waited for.
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isFile()) throw Object.assign(new Error('not a file'), { code: 'ENOTREG' });
      if (stats.size > LARGEST_FILE) throw new Error(`it has more than ${LARGEST_FILE} bytes`);
      return { value: readFileSync(descriptor), diagnostics: [] };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const why = 'the agent would work by another configuration than the one that was written';
    return { diagnostics: [{ ...pathDiagnostic(file, error), why }] };
  }
}

function notOne(file: string, second: LoadedDocument | undefined): Diagnostic {
  const start = { line: 1, column: 1 };
  return {
    code: 'RTP2002',
    severity: 'error',
    range: second?.locate(['kind']) ?? { file, start, end: start },
    message: second === undefined ? 'the file has no document' : 'the file has more than one document',
    fix: `write one document of kind ${CONFIGURATION_KIND}`,
  };
}

/** Files of the configuration that hold a secret. */
const SECRET_FILES: readonly {
  readonly path: DocumentPath;
  readonly file: (spec: AgentConfiguration) => string | undefined;
}[] = [
  { path: ['spec', 'labels', 'kubernetes', 'tokenFile'], file: ({ labels }) => labels.kubernetes.tokenFile },
];

/** Warnings about files of secrets that are not as they should be. They are read when they are needed, and may come to be until then. */
function openSecrets(spec: AgentConfiguration, document: LoadedDocument): readonly Diagnostic[] {
  return SECRET_FILES.flatMap(({ path, file }): readonly Diagnostic[] => {
    const name = file(spec);
    if (name === undefined) return [];
    const at = { severity: 'warning', range: document.locate(path), path } as const;
    try {
      const { mode } = statSync(name);
      if ((mode & 0o007) === 0) return [];
      return [
        {
          ...at,
          code: 'RTP2001',
          message: `every user of this host can read or replace the secret in ${name}`,
          why: `its permissions are ${(mode & 0o777).toString(8)}`,
          fix: `chmod 600 ${name}, or keep it where nobody else can go`,
        },
      ];
    } catch (error) {
      return [
        {
          ...at,
          code: 'RTP2003',
          message: `${name} cannot be read`,
          why: messageOf(error),
          fix: 'check the path, and as whom the agent runs',
        },
      ];
    }
  });
}
