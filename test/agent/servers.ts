// SPDX-License-Identifier: Apache-2.0
// Servers that answer as a source of labels would, and as one should not.

import { type IncomingMessage, type RequestListener, Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './ends.ts';

/** A directory of this test file, removed after it. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'riptides-agent-'));
  atEnd(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts a server on a socket or on a free port of 127.0.0.1, until the test file ends. Gives its port. */
export async function serve(
  listener: RequestListener,
  at: { readonly socket?: string; readonly tls?: ServerOptions } = {},
): Promise<number> {
  const server = at.tls === undefined ? new Server(listener) : createTlsServer(at.tls, listener);
  return listen(server, at.socket);
}

async function listen(server: NetServer, socket?: string): Promise<number> {
  const open = new Set<{ destroy: () => void }>();
  server.on('connection', (connection) => open.add(connection));
  await new Promise<void>((resolve) => {
    if (socket === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(socket, resolve);
  });
  atEnd(() => {
    server.close();
    for (const connection of open) connection.destroy();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The same of one that speaks no HTTP. */
export async function serveBytes(bytes: string, socket: string): Promise<void> {
  await listen(
    createServer((connection) => {
      connection.on('error', () => {});
      connection.once('data', () => connection.end(bytes));
    }),
    socket,
  );
}

export function answerJson(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

/** What a source should not do, by what the collector says of it. */
export const MISBEHAVIOUR: readonly (readonly [
  what: string,
  does: (request: IncomingMessage, response: ServerResponse) => void,
  reason: RegExp,
])[] = [
  ['hangs', () => {}, /did not answer within 300 ms/],
  [
    'sends one byte each tenth of a second',
    (_, response) => {
      const timer = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(timer));
    },
    /did not answer within 300 ms/,
  ],
  [
    'sends more than anybody reads',
    (_, response) => {
      const megabyte = Buffer.alloc(1024 * 1024, ' ');
      const more = (): void => {
        while (!response.destroyed && response.write(megabyte));
      };
      response.on('drain', more);
      more();
    },
    /more than [0-9]+ bytes|did not answer within/,
  ],
  ['sends no JSON', (_, response) => response.end('{"Id":'), /not JSON/],
  ['sends JSON of another form', (_, response) => answerJson(response, [1, 2]), /documented form/],
  ['sends nothing', (_, response) => response.end(), /not JSON/],
  [
    'redirects',
    (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    /HTTP status 302/,
  ],
  ['refuses', (_, response) => response.writeHead(403).end(), /HTTP status 403/],
  [
    'closes early',
    (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{', () => response.destroy());
    },
    /closed the connection/,
  ],
  ['closes at once', (request) => request.socket.destroy(), /closed the connection/],
];
