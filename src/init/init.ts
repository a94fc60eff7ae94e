// SPDX-License-Identifier: Apache-2.0

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type * as z from 'zod';
import { jsonSchema } from '../schema/json-schema.ts';
import { documentName, trustDomain } from '../schema/names.ts';
import { messageOf, systemCode, UserError } from '../errors.ts';
import { initialFiles, workflowFile } from './files.ts';

export interface InitOptions {
  /** Default: the name of the directory, as far as it is one. */
  readonly name?: string | undefined;
  /** Default: `<name>.example`. */
  readonly trustDomain?: string | undefined;
}

/**
 * Writes a first policy into a directory, which is made when it is missing, and the workflow that checks it to the top of the repository
 * that the directory is in. Never overwrites.
 * @returns the paths of the files written, relative to the directory.
 * @throws UserError usage, when one of the files exists or cannot be written.
 */
export async function initialisePolicy(directory: string, options: InitOptions): Promise<readonly string[]> {
  const name = options.name ?? nameFrom(basename(resolve(directory)));
  const domain = options.trustDomain ?? `${name}.example`;
  refuseUnless(documentName, name, '--name');
  refuseUnless(trustDomain, domain, '--trust-domain');
  const schema = `${JSON.stringify(jsonSchema(), null, 2)}\n`;
  const top = repositoryTop(resolve(directory)) ?? resolve(directory);
  const workflow = workflowFile(name, slashes(relative(top, resolve(directory))));
  const files = new Map([
    ...initialFiles({ name, trustDomain: domain, schema }),
    [relative(resolve(directory), join(top, workflow.path)), workflow.text] as const,
  ]);
  const existing = [...files.keys()].filter((path) => existsSync(join(directory, path)));
  if (existing.length > 0) {
    throw new UserError('usage', {
      message: `${join(directory, existing[0] ?? '')} exists already`,
      why: 'init starts a policy and never overwrites one',
      fix: 'name an empty directory, or another project with --name',
    });
  }
  for (const [path, text] of files) await writeNew(join(directory, path), text);
  return [...files.keys()];
}

/** The nearest directory at or above another that git has as a working tree. */
function repositoryTop(directory: string): string | undefined {
  for (let top = directory; ; top = dirname(top)) {
    if (existsSync(join(top, '.git'))) return top;
    if (top === dirname(top)) return undefined;
  }
}

function slashes(path: string): string {
  return path.split(sep).join('/');
}

/** What the schema would refuse later is refused before a file is written. */
function refuseUnless(schema: z.ZodType, value: string, flag: string): void {
  const problem = schema.safeParse(value).error?.issues[0]?.message;
  if (problem === undefined) return;
  throw new UserError('usage', {
    message: `"${value}" cannot be used for ${flag}: ${problem}`,
    fix: `name another: ${flag} shop${flag === '--name' ? '' : '.example'}`,
  });
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    throw new UserError('usage', {
      message: `${path} cannot be written`,
      why: messageOf(error),
      fix:
        systemCode(error) === 'EACCES' ? 'run this as a user who may write there' : 'name another directory',
      cause: error,
    });
  }
}

function nameFrom(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63);
  return name === '' ? 'policy' : name;
}
