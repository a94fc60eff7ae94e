// SPDX-License-Identifier: Apache-2.0
// Functions that expressions have beyond those of the engine, or in place of them; see functions/.

import type { Environment } from 'cel-js';
import { registerFormat } from './functions/format.ts';
import { registerNetwork } from './functions/network.ts';
import { registerNumbers } from './functions/numbers.ts';
import { registerPatterns } from './functions/patterns.ts';
import { registerSpiffe } from './functions/spiffe.ts';
import { registerText } from './functions/text.ts';
import { registerTime } from './functions/time.ts';

/** Adds the functions to an engine. None is asynchronous, and each is bounded in time and in what it makes. */
export function registerFunctions(environment: Environment): Environment {
  registerNumbers(environment);
  registerText(environment);
  registerPatterns(environment);
  registerTime(environment);
  registerNetwork(environment);
  registerSpiffe(environment);
  registerFormat(environment);
  return environment;
}
