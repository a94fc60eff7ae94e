// SPDX-License-Identifier: Apache-2.0
// A policy of rules that each grant a service of their own, as a bundle; and an nft set of as many elements, to compare it with.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePolicy } from '../src/compiler/compile.ts';

/** Where every policy and set lets the superuser connect. */
export const ADDRESS = '127.0.0.1';
export const PORT = 7000;

const RULES_OF_IDENTITY = 100;
const DOCUMENTS_PER_FILE = 500;

export interface Change {
  /** The number of the service, from 0. */
  readonly service: number;
  readonly port: number;
}

/**
 * Compiles a policy of `rules` rules, one of whose services may be changed. Needs an empty directory of its own for a while.
 * `facts` are what else its selectors ask for: `, process:name: x`.
 */
export async function compileRules(
  rules: number,
  directory: string,
  change?: Change,
  facts = '',
): Promise<Uint8Array> {
  mkdirSync(directory);
  const documents = documentsOf(rules, change, facts);
  for (let i = 0; i < documents.length; i += DOCUMENTS_PER_FILE)
    writeFileSync(join(directory, `${i}.yaml`), documents.slice(i, i + DOCUMENTS_PER_FILE).join('---\n'));
  const { value, diagnostics } = await compilePolicy([directory], {});
  rmSync(directory, { recursive: true });
  if (value === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return value.bundle;
}

/** The last service of the superuser's identity is the one at ADDRESS. */
function documentsOf(rules: number, change: Change | undefined, facts: string): readonly string[] {
  const head = `apiVersion: core.riptides.io/v1alpha1\nkind: `;
  const own = Math.min(rules, RULES_OF_IDENTITY) - 1;
  const documents = [
    `${head}Project\nmetadata: {name: bench}\nspec: {trustDomain: bench.example, defaultPosture: {egress: deny}, transports: [tcp, udp]}\n`,
  ];
  for (let i = 0; i < rules; i++) {
    const address = i === own ? ADDRESS : hostOf(i);
    const port = i === change?.service ? change.port : PORT;
    documents.push(
      `${head}Service\nmetadata: {name: s${i}}\nspec: {labels: {s: "${i}"}, addresses: [{address: ${address}, port: ${port}}]}\n`,
    );
  }
  for (let first = 0; first < rules; first += RULES_OF_IDENTITY) {
    const number = first / RULES_OF_IDENTITY;
    const egress = Array.from(
      { length: Math.min(RULES_OF_IDENTITY, rules - first) },
      (_, i) => `    - selectors: [{s: "${first + i}"}]\n`,
    );
    documents.push(
      `${head}WorkloadIdentity\nmetadata: {name: i${number}}\nspec:\n  workloadID: i${number}\n  selectors: [{process:uid: ${number}${facts}}]\n  egress:\n${egress.join('')}`,
    );
  }
  return documents;
}

/** An nft table with a set of `size` addresses and ports, for `nft -f`. */
export function nftSet(size: number): string {
  const elements = Array.from({ length: size }, (_, i) =>
    i === size - 1 ? nftElement(ADDRESS, PORT) : nftElement(hostOf(i), PORT),
  );
  return `table inet bench {\n  set allowed { type ipv4_addr . inet_service; elements = { ${elements.join(', ')} }; }\n}\n`;
}

/** What changes the port of one element of that set. */
export function nftChange({ service, port }: Change): string {
  const edit = (verb: string, at: number): string =>
    `${verb} element inet bench allowed { ${nftElement(hostOf(service), at)} }\n`;
  return edit('delete', PORT) + edit('add', port);
}

function nftElement(address: string, port: number): string {
  return `${address} . ${port}`;
}

function hostOf(i: number): string {
  return `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
}
