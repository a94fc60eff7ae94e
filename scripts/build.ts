// SPDX-License-Identifier: Apache-2.0
// `npm run build`: the command line as one file, with its dependencies (docs/decisions/build.md). koffi stays outside: it is native.
// The licences of what is inside go with it.

import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'dist');

/** A module that is loaded at once, as the TypeScript compiler writes it: what it exports is used through the name alone. */
const LOADED_AT_ONCE =
  /^((?:const|var) \w+|exports\.\w+) = ((?:\w+\()?require\((?:"[^"]+"|'[^']+')\)\)?);$/gm;

/** oclif loads all of its modules and libraries at once, of which a command uses few. Here each is loaded when something of it is used. */
const lazyOclif: Plugin = {
  name: 'lazy-oclif',
  setup(bundling) {
    bundling.onLoad({ filter: /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')
        .replace(LOADED_AT_ONCE, '$1 = lazyModule(() => $2);')
        // bin/riptides.js has looked at the version of Node.
        .replace(/^checkNodeVersion\(\);$/m, '')
        // Of wsl-utils, this one function is called at each start, and what the others need takes longer to load than all of oclif.
        .replace("(await import('wsl-utils')).isWsl", "(await import('is-wsl')).default")
        // The first comparison by language reads the tables of all languages; ids are ASCII.
        .replace('a.id.localeCompare(b.id)', '(a.id < b.id ? -1 : 1)')}
function lazyModule(load) {
  let loaded;
  return new Proxy(function () {}, {
    get: (_, name) => (loaded ??= load())[name],
    apply: (_, self, args) => (loaded ??= load()).apply(self, args),
  });
}`,
    }));
  },
};

const commands = globSync('src/commands/**/*.ts', { cwd: root })
  .map((file) => file.slice('src/commands/'.length, -'.ts'.length))
  .sort();

/** What bin/riptides.js runs, and what oclif loads by name (package.json): each part when it is first used. */
const ENTRY = `module.exports = {
  get main() { return require('./src/cli/main.ts').main; },
  get Help() { return require('./src/cli/help.ts').default; },
  get commandNotFound() { return require('./src/cli/command-not-found.ts').default; },
  commands: {${commands
    .map(
      (name) => `
    get '${name.replaceAll('/', ':')}'() { return require('./src/commands/${name}.ts').default; },`,
    )
    .join('')}
  },
};`;

rmSync(out, { recursive: true, force: true });
const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  stdin: { contents: ENTRY, resolveDir: root, sourcefile: 'riptides.cjs' },
  outfile: join(out, 'riptides.cjs'),
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  // A script cannot import without a flag of Node.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  external: ['koffi'],
  plugins: [lazyOclif],
  metafile: true,
  write: false,
  logLevel: 'warning',
});

// bin/load.js reads ASCII: V8 takes half the memory for it, and Node need not decode it. esbuild leaves patterns and comments as they are.
const NOT_ASCII = /[^\0-\x7f]/g;
const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
mkdirSync(out);
for (const { path, text } of outputFiles) {
  const source = text.replaceAll(NOT_ASCII, escape);
  writeFileSync(path, `// ${createHash('sha256').update(source).digest('hex')}\n${source}`);
}

const packages = new Set(Object.keys(metafile.inputs).flatMap((input) => packageOf(join(root, input)) ?? []));
const notices = [...packages].sort().map((directory) => {
  const { name, version, license }: Readonly<Record<string, string>> = JSON.parse(
    readFileSync(join(directory, 'package.json'), 'utf8'),
  );
  const [file] = globSync('{LICEN[CS]E,licen[cs]e}*', { cwd: directory });
  const text = file === undefined ? `License: ${license}\n` : readFileSync(join(directory, file), 'utf8');
  return `${name} ${version}\n\n${text}`;
});
writeFileSync(join(out, 'THIRD-PARTY.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));

/** The package that a file of node_modules belongs to; undefined for a file of riptides. */
function packageOf(file: string): string | undefined {
  if (!file.includes('/node_modules/')) return undefined;
  let directory = dirname(file);
  // Parts of a package may have a package.json that says how they are loaded, and nothing else.
  while (!hasName(directory)) directory = dirname(directory);
  return directory;
}

function hasName(directory: string): boolean {
  const file = join(directory, 'package.json');
  return existsSync(file) && 'name' in JSON.parse(readFileSync(file, 'utf8'));
}
