// SPDX-License-Identifier: Apache-2.0

import { existsSync } from 'node:fs';
import { defaultConfiguration, loadConfiguration } from '../agent/configuration/load.ts';
import { type AgentConfiguration, CONFIGURATION_FILE } from '../agent/configuration/schema.ts';
import { type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { PolicyRefused } from './refused.ts';

/**
 * The configuration of a file; of /etc/riptides/agent.yaml unless one is given, and the defaults where that does not exist. The diagnostics are
 * warnings.
 *
 * @throws PolicyRefused when the configuration has errors
 */
export function readConfiguration(file: string | undefined): {
  readonly configuration: AgentConfiguration;
  readonly diagnostics: readonly Diagnostic[];
} {
  if (file === undefined && !existsSync(CONFIGURATION_FILE))
    return { configuration: defaultConfiguration(), diagnostics: [] };
  const { value, diagnostics } = loadConfiguration(file ?? CONFIGURATION_FILE);
  if (value === undefined || hasErrors(diagnostics)) throw new PolicyRefused(diagnostics);
  return { configuration: value, diagnostics };
}
