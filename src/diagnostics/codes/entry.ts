// SPDX-License-Identifier: Apache-2.0

/** What `riptides explain <code>` prints. Texts are sentences; `example` is a few lines of YAML or shell. */
export interface CodeEntry {
  /** A few words that name the finding, without a full stop. */
  readonly title: string;
  /** What riptides saw. */
  readonly what: string;
  /** Why it is a finding. */
  readonly why: string;
  /** What to do. */
  readonly fix: string;
  /** The wrong form and the right one, or the right one alone. */
  readonly example: string;
}
