// SPDX-License-Identifier: Apache-2.0
// `npm run build`: the command line as few files, with its dependencies (docs/decisions/bundle.md). koffi stays outside: it is native.
// The licences of what is inside go with it.

import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** To import node:process reads all that it exports, with it standard input, and takes as long as a third of Node's own start. */
const globalProcess: Plugin = {
  name: 'global-process',
  setup(bundling) {
    bundling.onResolve({ filter: /^(?:node:)?process$/ }, () => ({ path: 'process', namespace: 'global' }));
    bundling.onLoad({ filter: /^process$/, namespace: 'global' }, () => ({
      contents: 'module.exports = process;',
    }));
  },
};

/** What oclif and simple-git log for themselves needs terminals and sockets of Node. It is loaded when DEBUG asks for it. */
const quietDebug: Plugin = {
  name: 'quiet-debug',
  setup(bundling) {
    bundling.onLoad({ filter: /[\\/]node_modules[\\/]debug[\\/]src[\\/]index\.js$/ }, () => ({
      contents: `module.exports = process.env.DEBUG ? require('./node.js') : Object.assign(quiet, { formatters: {} });
function quiet(namespace) {
  return Object.assign(() => {}, { namespace, enabled: false, extend: quiet, destroy() {} });
}`,
    }));
  },
};

rmSync(out, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  // What oclif loads by its name: each command, the help, a hook. What they share is in dist/shared.
  entryPoints: [
    ...globSync('src/commands/**/*.ts', { cwd: root }),
    'src/cli/main.ts',
    'src/cli/help.ts',
    'src/cli/command-not-found.ts',
  ],
  outbase: 'src',
  outdir: out,
  chunkNames: 'shared/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // Node decodes and hashes all of a file when it loads it.
  minifyWhitespace: true,
  external: ['koffi'],
  plugins: [lazyOclif, globalProcess, quietDebug],
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  // CommonJS inside of ESM has no require of its own.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
});

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
