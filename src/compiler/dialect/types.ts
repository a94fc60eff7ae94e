// SPDX-License-Identifier: Apache-2.0
// Between load and shape: the older dialect. There a file is a list of identities and services, without kinds and names:
//
//   - selectors: [{ process:name: web }]
//     certificate: { workloadID: shop/web, ttl: 1h }
//   - addresses: [{ address: 10.0.0.7, port: 5432 }]
//     labels: { app: database }
//
// One loaded list becomes the documents that it stands for. What becomes of it is said in parts, which know where in the list they come
// from: the compiler makes values of them, with positions in the file as it is written, and `riptides import` text, with its comments.

import type { DocumentPath } from '../../diagnostics/diagnostic.ts';

/** A value of a new document. `from` is where in the list it comes from. */
export type Part =
  /** What stands there, as it is. */
  | { readonly kind: 'copy'; readonly from: DocumentPath }
  /** A text that replaces what is written there. */
  | { readonly kind: 'text'; readonly from: DocumentPath; readonly text: string }
  /** A value that stands elsewhere, in another document. */
  | { readonly kind: 'data'; readonly from: DocumentPath; readonly value: unknown }
  | { readonly kind: 'map'; readonly from: DocumentPath; readonly fields: readonly Field[] }
  | { readonly kind: 'list'; readonly from: DocumentPath; readonly items: readonly Part[] };

export interface Field {
  readonly name: string;
  /** Where the field is in the list that this one replaces. */
  readonly from: DocumentPath;
  readonly part: Part;
}

/** A document that an entry of the list stands for, without a name as yet. */
export interface Draft {
  readonly kind: 'WorkloadIdentity' | 'Service' | 'CredentialBinding';
  /** Which entry of the list. */
  readonly entry: number;
  /** What its name is made of, and where that stands. */
  readonly name: { readonly text: string; readonly from: DocumentPath };
  readonly spec: Part;
}

/** A document of the list. */
export interface Translated {
  readonly kind: Draft['kind'];
  readonly name: string;
  readonly entry: number;
  readonly root: Part;
}
