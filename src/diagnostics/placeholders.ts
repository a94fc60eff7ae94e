// SPDX-License-Identifier: Apache-2.0
// What template engines put around a name.

import { quoted } from '../terminal/visible.ts';
import type { Diagnostic } from './diagnostic.ts';

/**
 * {{ x }}, {% x %}, <% x %>, ${x}. What is inside is bounded, and has no sign that begins another, so that a text of opening signs alone
 * is searched in time that is in proportion to it.
 */
export const TEMPLATE_TAG =
  /\{\{[^{}\n]{0,200}\}\}|\{%[^%\n]{0,200}%\}|<%[^%\n]{0,200}%>|\$\{[^${}\n]{0,200}\}/;

/** What to say of a value that a template should have had. */
export function placeholderWords(written: string): Required<Pick<Diagnostic, 'message' | 'why' | 'fix'>> {
  return {
    message: `${quoted(written)} is a placeholder that nothing filled in`,
    why: 'riptides reads a policy as it is written, with no variables from outside',
    fix: 'write the value, or run the program that fills the template in first',
  };
}
