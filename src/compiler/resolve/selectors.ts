// SPDX-License-Identifier: Apache-2.0
// Selectors of services in rules and injections: what they name must exist.

import type { Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { patternWords } from '../../diagnostics/patterns.ts';
import type { LoadedDocument } from '../load/types.ts';
import type { LabelSelector } from '../shape/types.ts';
import { nearName, type ResolveContext } from './context.ts';

/**
 * The services that one of the selectors selects, indices ascending. Reports what no service has, and a selection that has no
 * address anywhere. `what` selects: "the rule".
 */
export function selectServices(
  selectors: readonly LabelSelector[],
  document: LoadedDocument,
  path: DocumentPath,
  what: { readonly name: string; readonly effect: string },
  context: ResolveContext,
): readonly number[] {
  selectors.forEach((selector, i) => {
    checkSelector(selector, document, [...path, i], context);
  });
  const services = context.index.selectAny(selectors);
  if (services.length > 0) checkAddresses(services, document, path, what, context);
  return services;
}

/** Every label that a selector names must exist, and one service must have them all. */
function checkSelector(
  selector: LabelSelector,
  document: LoadedDocument,
  path: DocumentPath,
  context: ResolveContext,
): void {
  const { index, diagnostics } = context;
  let known = true;
  const report = (
    diagnostic: Pick<Diagnostic, 'range' | 'path' | 'message' | 'fix' | 'suggestion'> & Partial<Diagnostic>,
  ): void => {
    known = false;
    diagnostics.push({ code: 'RTP1205', severity: 'error', ...diagnostic });
  };
  for (const [key, values] of Object.entries(selector)) {
    if (!index.hasKey(key)) {
      report({
        range: document.locateKey([...path, key]),
        path: [...path, key],
        message: `no service has a label "${key}"`,
        fix: 'correct the label, or give it to a service',
        ...nearName(key, index.keys, context),
      });
      continue;
    }
    values.forEach((value, i) => {
      if (index.hasLabel(key, value)) return;
      const at = values.length === 1 ? [...path, key] : [...path, key, i];
      report({
        range: document.locate(at),
        path: at,
        message: `no service has the label "${key}: ${value}"`,
        fix: 'correct the value, or add the service',
        ...nearName(value, () => index.values(key), context),
        ...(value.includes('*') && {
          ...patternWords(value),
          fix: 'write each value in a list, or a label that all of them have',
        }),
      });
    });
  }
  if (known && index.select(selector).length === 0 && !index.isOverfull()) {
    report({
      range: document.locate(path),
      path,
      message: 'no service has all of these labels',
      fix: 'write labels of one service; labels of several are separate entries of the list',
    });
  }
}

function checkAddresses(
  selected: readonly number[],
  document: LoadedDocument,
  path: DocumentPath,
  what: { readonly name: string; readonly effect: string },
  { index, services, diagnostics }: ResolveContext,
): void {
  if (index.hasAddress(selected, services)) return;
  const names = selected.slice(0, 5).map((service) => services[service]?.name ?? '');
  const shown = [...names, ...(selected.length > names.length ? ['…'] : [])].join(', ');
  diagnostics.push({
    code: 'RTP1211',
    severity: 'warning',
    range: document.locate(path),
    path,
    message: `the services that ${what.name} selects have no addresses (${shown})`,
    why: what.effect,
    fix: 'add addresses to the service, or remove the selector',
  });
}
