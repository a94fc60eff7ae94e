// SPDX-License-Identifier: Apache-2.0

/** The file that marks a directory as the root of a policy. */
export const PROJECT_FILE = 'riptides.yaml';

/** Where the embedded target keeps what is in force, in the directory of the project. */
export const EMBEDDED_STATE = '.riptides/embedded';

/** Whether a file is one of YAML by its name, in small letters or capitals: none that looks so is passed over. */
export function isYamlFile(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

/** Whether a path, as written in a policy, stays in the directory that it is relative to. */
export function isInside(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.split('/').includes('..') && !/[\0\\]/.test(path);
}
