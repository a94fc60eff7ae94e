// SPDX-License-Identifier: Apache-2.0
// Runs before the tests of each file.

import fc from 'fast-check';
import { SEED } from './seed.ts';

fc.configureGlobal({ seed: SEED });
