// SPDX-License-Identifier: Apache-2.0
// The fast reader of YAML against the one over the `yaml` package: what it takes, the other one takes, with the same values and places.

import { decodeFile } from '../../../src/compiler/load/decode.ts';
import { sourceText } from '../../../src/compiler/load/lines.ts';
import { parseDecoded } from '../../../src/compiler/load/parse.ts';
import { LOAD_LIMITS } from '../../../src/compiler/load/types.ts';
import { compareReaders } from '../../compiler/load/plain/same.ts';
import { yamlTexts } from '../../compiler/load/plain/texts.ts';
import { bytesOf, drawing, toBytes, toText, YAML_FILES } from '../corpus.ts';
import { checkFindings } from '../findings.ts';
import { Broken, type Target, timed } from '../target.ts';

/** The oracle describes the place of each letter; of longer texts only the time and the findings are looked at. */
const MOST_COMPARED = 16 * 1024;
/** Aliases with which a text is compared: the oracle writes each out, and few lists of lists of them make a million values. */
const MOST_ALIASES = 20;

const seeds = bytesOf(...YAML_FILES);
const draw = drawing(yamlTexts(seeds.map(toText).filter((text) => text.length < 4000)));

export const target: Target = {
  seeds: () => seeds,
  largest: LOAD_LIMITS.fileSize,
  isText: true,
  words: [
    '---\n', '...\n', '%YAML 1.2\n', '- ', ': ', '? ', '[', ']', '{', '}', ', ', '|\n', '>-\n', '|2\n', '&a ', '*a',
    '!!str ', '!x ', '# c', '"', "'", '<<: ', '~', 'null', 'true', '.inf', '0x1f', '010', '1e3', '\\u0000', '\\x', '\t',
    '\r\n', '\ufeff', '__proto__', 'a: b\n', '\n\n', '  ', '@', '`',
  ], // prettier-ignore
  generate: (random) => toBytes(draw(random)),
  check: (bytes) => {
    const decoded = timed('decoding', () => decodeFile('p.yaml', bytes));
    if (decoded.value === undefined)
      return `not text: ${checkFindings(decoded.diagnostics, 'p.yaml', bytes)}`;
    const text = decoded.value;
    const parsed = timed('reading', () => parseDecoded(sourceText('p.yaml', text)));
    const codes = checkFindings(parsed.diagnostics, 'p.yaml', bytes);
    if (text.length > MOST_COMPARED) return `long: ${codes}`;
    if (text.split('*').length > MOST_ALIASES) return `aliases: ${codes}`;
    // A pointer of git-lfs is YAML, which the oracle takes.
    if (parsed.diagnostics.some(({ code }) => code === 'RTP1022')) return codes;
    const { taken, difference } = compareReaders(text);
    if (difference !== undefined) throw new Broken('the readers differ', difference);
    return taken ? `fast: ${parsed.value?.length} documents` : `slow: ${codes}`;
  },
};
