// SPDX-License-Identifier: Apache-2.0
// Selectors and endpoints of a bundle in words, the same wherever a person reads them.

import { formatAddress, formatPrefix } from './address.ts';
import type { Remote } from './core.ts';
import { position, type SourceRange } from '../diagnostics/diagnostic.ts';
import { compareText } from './text.ts';
import type { EndpointView, NameView, SelectorView, ServiceView } from './view.ts';

/** A selector: terms in order, values separated by commas. A label already has its name in front. */
export function selectorWords({ terms }: Pick<SelectorView, 'terms'>): string {
  return terms
    .map(({ fact, values }) =>
      fact === 'label' ? values.map(valueWords).join(' or ') : `${fact}=${values.map(valueWords).join(',')}`,
    )
    .sort(compareText)
    .join(' ');
}

/** A value of a fact; in quotes when it has blanks or commas. */
export function valueWords(value: string | number): string {
  return typeof value === 'number' || /^[^\s,"]+$/.test(value) ? String(value) : JSON.stringify(value);
}

/** The endpoints and host names of a service, each as `endpointWords` and `nameWords` write it. */
export function endpointsOf({
  endpoints,
  names,
}: Pick<ServiceView, 'endpoints' | 'names'>): readonly string[] {
  return [...endpoints.map(endpointWords), ...names.map(nameWords)];
}

/** `10.0.0.1:443`, `[2001:db8::1]:443`, `10.0.0.0/8 port 443`, `10.0.0.1 ports 8000-8080`, or `10.0.0.1` for any port. */
function endpointWords(endpoint: EndpointView): string {
  return byProtocol(placeWords(endpoint), endpoint);
}

function placeWords(endpoint: EndpointView): string {
  const { family, prefixLength, ports } = endpoint;
  const text = formatPrefix(endpoint);
  if (ports.low !== ports.high) return withRange(text, ports);
  if (prefixLength !== (family === 4 ? 32 : 128)) return `${text} port ${ports.low}`;
  return family === 4 ? `${text}:${ports.low}` : `[${text}]:${ports.low}`;
}

/** `api.example.com:443`, `api.example.com ports 8000-8080`, or `api.example.com` for any port. */
function nameWords(named: NameView): string {
  const { name, ports } = named;
  return byProtocol(ports.low === ports.high ? `${name}:${ports.low}` : withRange(name, ports), named);
}

/** `10.0.0.1:53 by UDP` for what is there by one protocol alone. */
function byProtocol(text: string, { protocol }: Pick<NameView, 'protocol'>): string {
  return protocol === undefined ? text : `${text} by ${protocol.toUpperCase()}`;
}

function withRange(text: string, { low, high }: EndpointView['ports']): string {
  return low === 0 && high === 65535 ? text : `${text} ports ${low}-${high}`;
}

/** One end of a connection: `10.0.0.1:443`, `[fd00::1]:443`. */
export function endWords({ address, port }: Remote): string {
  const text = formatAddress(address);
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`;
}

/** Where a rule is written, or its number where that is not known. */
export function ruleWords({
  id,
  source,
}: {
  readonly id: number;
  readonly source?: SourceRange | undefined;
}): string {
  return source === undefined ? `rule ${id}` : position(source);
}
