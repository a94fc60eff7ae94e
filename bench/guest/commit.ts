// SPDX-License-Identifier: Apache-2.0
// commit.ts BUNDLE: puts a bundle in force in the kernel that this runs on, without a record.

import { readFileSync } from 'node:fs';
import { kernelTarget } from '../../src/targets/kernel.ts';

const target = kernelTarget();
const { generation } = await target.info();
await target.commit(readFileSync(process.argv[2] ?? ''), { expectedGeneration: generation });
