// SPDX-License-Identifier: Apache-2.0

/** What `riptides explain <code>` prints. Texts are sentences; `example` is a few lines of YAML or shell. */
export interface CodeEntry {
  /** A few words that name it, without a full stop. */
  readonly title: string;
  /** What is the case. */
  readonly what: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do. */
  readonly fix: string;
  /** The wrong form and the right one, or the right one alone. */
  readonly example: string;
}
