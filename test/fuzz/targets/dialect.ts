// SPDX-License-Identifier: Apache-2.0
// Lists of the older dialect: brought over, they are documents in the one form, which compile to what the lists themselves compile to.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePolicy } from '../../../src/compiler/compile.ts';
import { expandDocuments } from '../../../src/compiler/dialect/expand.ts';
import { parseFile } from '../../../src/compiler/load/parse.ts';
import { formatFile } from '../../../src/format/format.ts';
import { importedText, importFiles } from '../../../src/import/import.ts';
import { EVERYTHING, olderFiles } from '../../import/older.ts';
import { bytesOf, drawing, scratch, toBytes } from '../corpus.ts';
import { yamlChanges } from '../data.ts';
import { checkFindings, SECRET } from '../findings.ts';
import { Broken, LARGE, type Target, timed, timedAsync } from '../target.ts';

const directory = scratch();
const file = join(directory, 'old.yaml');
const newFile = join(directory, 'new.yaml');
const project = join(directory, 'project.yaml');
const PROJECT = `apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: p }
spec: { trustDomain: acme.example }
`;
writeFileSync(project, PROJECT);
const seeds = [toBytes(EVERYTHING), ...bytesOf('test/corpus/dialect-*/*.yaml')];
const draw = drawing(olderFiles);

export const target: Target = {
  seeds: () => seeds,
  change: yamlChanges(seeds, [
    'STRICT',
    'DISABLE',
    '1h30m',
    'spiffe://a.example/b',
    '{{.TrustDomain}}',
    SECRET,
  ]),
  largest: LARGE,
  isText: true,
  words: [
    '- ', 'selectors:\n', 'certificate:\n', 'connection:\n', 'workloadID: ', 'egress:\n', 'addresses:\n', 'labels: ',
    'scope: ', 'agent: { id: x }', 'ttl: 1h', 'dnsNames: [a]', 'dns: ', 'mtls: ', 'tls: ', 'STRICT', 'DISABLE', 'true',
    'passthrough: true', 'allowedSPIFFEIDs: ', 'inbound: ', 'credentialName: x', 'linux:uid: 1', 'process:name: x', '# c\n',
    'external: true', '{{.TrustDomain}}', 'spiffe://{{.TrustDomain}}/a', '[process:uid]', '---\n', '&a ', '*a', 'null', '{}',
    '[]', '""', '|\n', 'metadata: ', 'kind: ', '__proto__', 'toString', SECRET, '\u202e', 'svid: ', 'x509: ',
  ], // prettier-ignore
  generate: (random) => toBytes(draw(random).join(random.once(2) ? '' : '---\n')),
  check: async (bytes) => {
    writeFileSync(file, bytes);
    const trustDomain = bytes.length % 3 === 0 ? 'acme.example' : undefined;
    const { value, diagnostics } = timed('importing', () => importFiles([file], { trustDomain }));
    const codes = checkFindings(diagnostics, file, bytes);
    const loaded = parseFile(file, bytes);
    const expanded = timed('expanding', () => expandDocuments(loaded.value ?? []));
    checkFindings(expanded.diagnostics, file, bytes);
    const before = await digestOf(file, bytes);
    if (value === undefined) return `refused: ${codes}`;
    const text = timed('writing', () => importedText(value));
    const written = toBytes(text);
    const formatted = formatFile('p.yaml', written).value?.text;
    if (formatted !== text)
      throw new Broken('what was brought over is formatted otherwise', `${text}\n${formatted}`);
    writeFileSync(newFile, written);
    const after = await digestOf(newFile, written);
    if (before !== after) throw new Broken('what was brought over compiles to something else', text);
    return `imported: ${codes} ${before === undefined ? 'faulty' : 'compiles'}`;
  },
};

/** The digest of the bundle that a file gives, if it compiles. */
async function digestOf(path: string, bytes: Uint8Array): Promise<string | undefined> {
  const paths = [project, path];
  const compiled = await timedAsync('compiling', () => compilePolicy(paths, { scopes: 'ignore' }));
  // What is wrong with the policy as a whole is said of the project.
  const own = compiled.diagnostics.filter(({ range }) => range.file === path);
  checkFindings(
    own.map((finding) => ({ ...finding, related: [] })),
    path,
    bytes,
  );
  return compiled.value?.digest;
}
