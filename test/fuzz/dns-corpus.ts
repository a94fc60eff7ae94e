// SPDX-License-Identifier: Apache-2.0
// Writes the first inputs of the fuzz target of DNS into a folder: messages of each kind, to be changed. Argument: the folder.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labels, message, pointer, QUESTION_AT, record, TYPE } from '../core/dns.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('which folder?');
mkdirSync(folder, { recursive: true });

const name = labels('api.example.com');
const own = pointer(QUESTION_AT);
const four = [192, 0, 2, 1];
const six = [0x20, 1, 0xd, 0xb8, ...Array.from({ length: 12 }, () => 1)];
const cdn = labels('cdn.example.net');
const inputs = {
  query: message(name, [], { flags: 0x0100 }),
  v4: message(name, [record(own, TYPE.A, four), record(own, TYPE.A, [10, 0, 0, 1], { ttl: 0 })]),
  v6: message(name, [record(name, TYPE.AAAA, six)], { type: TYPE.AAAA }),
  alias: message(name, [record(own, TYPE.CNAME, cdn), record(pointer(45), TYPE.A, four)]),
  upper: message(labels('API.eXample.com'), [record(name, TYPE.A, four)]),
  loop: message([3, 97, 98, 99, ...pointer(12)], []),
  error: message(name, [], { flags: 0x8183 }),
};
for (const [kind, bytes] of Object.entries(inputs)) writeFileSync(join(folder, kind), bytes);
