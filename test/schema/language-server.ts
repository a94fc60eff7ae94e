// SPDX-License-Identifier: Apache-2.0
// A client of the YAML language server that editors run, as far as its tests need one: the Language Server Protocol over the
// standard input and output of a process.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const SERVER = join(import.meta.dirname, '../../node_modules/yaml-language-server/bin/yaml-language-server');

/** Counted from zero, as the protocol does. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface EditorDiagnostic {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly message: string;
}

export interface LanguageServer {
  /** Opens a file with a text, and gives what the server says of it. */
  readonly open: (file: string, text: string) => Promise<readonly EditorDiagnostic[]>;
  /** The words that it offers at a place of an open file. */
  readonly complete: (file: string, position: Position) => Promise<readonly string[]>;
  /** What it shows for a place of an open file; empty when that is nothing. */
  readonly hover: (file: string, position: Position) => Promise<string>;
  readonly stop: () => Promise<void>;
}

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Published {
  readonly uri: string;
  readonly diagnostics: readonly EditorDiagnostic[];
}

/**
 * Starts the language server. It asks nobody but us: no catalogue of schemas on the network.
 *
 * @param schemas for files that do not name theirs: patterns of paths, by the file of the schema
 */
export async function startLanguageServer(
  schemas: Readonly<Record<string, readonly string[]>>,
): Promise<LanguageServer> {
  const child = spawn(process.execPath, [SERVER, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const answers = new Map<number | string, (message: Message) => void>();
  const published = new Map<string, (diagnostics: readonly EditorDiagnostic[]) => void>();
  const yaml = {
    schemas: Object.fromEntries(
      Object.entries(schemas).map(([file, patterns]) => [pathToFileURL(file).href, patterns]),
    ),
    schemaStore: { enable: false },
    kubernetesCRDStore: { enable: false },
    validate: true,
    hover: true,
    completion: true,
  };

  function send(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  function receive(message: Message): void {
    const { id, method, params } = message;
    if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = Object.assign<Published, unknown>({ uri: '', diagnostics: [] }, params);
      published.get(uri)?.(diagnostics);
    } else if (method === 'workspace/configuration') {
      const asked = Object.assign<{ items: readonly { section?: string }[] }, unknown>({ items: [] }, params);
      send({ id, result: asked.items.map(({ section }) => (section === 'yaml' ? yaml : null)) });
    } else if (method !== undefined) {
      if (id !== undefined) send({ id, result: null });
    } else if (id !== undefined) {
      answers.get(id)?.(message);
    }
  }

  let input = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    input = Buffer.concat([input, chunk]);
    for (;;) {
      const head = input.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(input.toString('latin1', 0, head))?.[1]);
      const end = head + 4 + length;
      if (head === -1 || input.length < end) return;
      const message: Message = JSON.parse(input.toString('utf8', head + 4, end));
      input = input.subarray(end);
      receive(message);
    }
  });

  let last = 0;
  function request(method: string, params: unknown): Promise<unknown> {
    last += 1;
    const id = last;
    return new Promise((resolve, reject) => {
      answers.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      send({ id, method, params });
    });
  }

  const at = (file: string, position: Position) => ({
    textDocument: { uri: pathToFileURL(file).href },
    position,
  });

  await request('initialize', {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: null,
    capabilities: { workspace: { configuration: true } },
  });
  send({ method: 'initialized', params: {} });
  send({ method: 'workspace/didChangeConfiguration', params: { settings: { yaml } } });

  return {
    open(file, text) {
      const uri = pathToFileURL(file).href;
      return new Promise((resolve) => {
        published.set(uri, resolve);
        const textDocument = { uri, languageId: 'yaml', version: 1, text };
        send({ method: 'textDocument/didOpen', params: { textDocument } });
      });
    },
    async complete(file, position) {
      const result = await request('textDocument/completion', at(file, position));
      const { items } = Object.assign<{ items: readonly { label: string }[] }, unknown>(
        { items: [] },
        result,
      );
      return items.map(({ label }) => label);
    },
    async hover(file, position) {
      const result = await request('textDocument/hover', at(file, position));
      return Object.assign({ contents: { value: '' } }, result).contents.value;
    },
    async stop() {
      await request('shutdown', null);
      send({ method: 'exit' });
      await ended;
    },
  };
}
