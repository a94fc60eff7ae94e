// SPDX-License-Identifier: Apache-2.0
// Services: addresses in text to prefixes in bytes, and host names as they are compared.

import { mapIPv4, maskAddress, parsePrefix } from '../../bundle/address.ts';
import type { Diagnostic, DocumentPath } from '../../diagnostics/diagnostic.ts';
import { looksLikeHostName, normaliseHostName } from '../../schema/host-name.ts';
import type { ServiceAddress, ServiceDocument } from '../shape/types.ts';
import { lazyRange } from './lazy-range.ts';
import type { ModelEndpoint, ModelName, ModelService } from './types.ts';

const ALL_OF_IPV6 = 0;

/** A service by itself: nothing of it depends on other documents. */
export function resolveService(
  { metadata, spec, source }: ServiceDocument,
  { diagnostics }: { readonly diagnostics: Diagnostic[] },
): ModelService {
  return {
    name: metadata.name,
    labels: spec.labels,
    external: spec.external,
    tls: spec.tls,
    endpoints: spec.addresses.flatMap((address, i) =>
      addressTexts(address, i).flatMap(({ text, path }) =>
        resolveEndpoint(text, address, { document: source, path }, diagnostics),
      ),
    ),
    names: spec.addresses.flatMap((address, i) =>
      hostNames(address, i).map(({ text, path }): ModelName => {
        const { port: ports, protocol } = address;
        return { name: normaliseHostName(text), ports, protocol, source: lazyRange(source, path) };
      }),
    ),
    source: lazyRange(source, ['metadata', 'name']),
  };
}

/** Whether a service of a document has an address or a name at all. */
export function hasAddressOrName({ spec }: ServiceDocument): boolean {
  return spec.addresses.some(
    (address, i) => addressTexts(address, i).length + hostNames(address, i).length > 0,
  );
}

interface LocatedText {
  readonly text: string;
  readonly path: DocumentPath;
}

/** All texts of one entry that name addresses: the address and the prefixes are a union. */
function addressTexts(address: ServiceAddress, i: number): readonly LocatedText[] {
  const base = ['spec', 'addresses', i];
  return [
    ...mainText(address, i).filter(({ text }) => !looksLikeHostName(text)),
    ...address.networkPrefixes.map((text, j) => ({ text, path: [...base, 'networkPrefixes', j] })),
  ];
}

/** All host names of one entry. */
function hostNames(address: ServiceAddress, i: number): readonly LocatedText[] {
  return [
    ...mainText(address, i).filter(({ text }) => looksLikeHostName(text)),
    ...address.aliases.map((text, j) => ({ text, path: ['spec', 'addresses', i, 'aliases', j] })),
  ];
}

function mainText({ address }: ServiceAddress, i: number): readonly LocatedText[] {
  return address === undefined ? [] : [{ text: address, path: ['spec', 'addresses', i, 'address'] }];
}

function resolveEndpoint(
  text: string,
  { port: ports, protocol }: ServiceAddress,
  { document, path }: { document: ServiceDocument['source']; path: DocumentPath },
  diagnostics: Diagnostic[],
): readonly ModelEndpoint[] {
  const source = lazyRange(document, path);
  const parsed = parsePrefix(text);
  const refuse = (
    diagnostic: Pick<Diagnostic, 'code' | 'message' | 'why' | 'fix'>,
  ): readonly ModelEndpoint[] => {
    diagnostics.push({ severity: 'error', range: source, path, ...diagnostic });
    return [];
  };
  if ('problem' in parsed) {
    if (parsed.problem === 'host-bits') {
      return refuse({
        code: 'RTP1208',
        message: `"${text}" has bits set beyond its prefix length`,
        why: 'it could mean the one host or the whole network',
        fix: `write ${parsed.network} for the network, or the address without a length for the host`,
      });
    }
    const length = parsed.problem === 'bad-length';
    return refuse({
      code: 'RTP1116',
      message: length
        ? `"${text}" has a prefix length that is out of range`
        : `"${text}" is not an IP address or prefix`,
      fix: length
        ? 'write /0 to /32 for IPv4, /0 to /128 for IPv6'
        : 'write an address such as 10.0.0.7 or a prefix such as 10.0.0.0/8',
    });
  }
  const { family, address, prefixLength } = parsed;
  if (prefixLength === address.length * 8 && address.every((byte) => byte === 0)) {
    return refuse({
      code: 'RTP1207',
      message: `"${text}" is not the address of a service`,
      why: 'it means "any" to a program that listens, and the host itself to one that connects',
      fix: `write ${family === 4 ? '0.0.0.0/0' : '::/0'} for any destination, or the address of the host`,
    });
  }
  if (family === 6 && prefixLength !== ALL_OF_IPV6 && containsMapped(address, prefixLength)) {
    return refuse({
      code: 'RTP1209',
      message: `"${text}" contains ::ffff:0:0/96, the IPv4 addresses in their IPv6 form`,
      why: 'connections to those are decided as IPv4, so the prefix would not do what it seems to do',
      fix: 'write IPv4 prefixes as IPv4, and an IPv6 prefix that does not contain ::ffff:0:0/96',
    });
  }
  return [{ family, address, prefixLength, ports, protocol, source }];
}

/** Whether an IPv6 prefix contains the IPv4-mapped addresses. (One within them has become an IPv4 prefix.) */
function containsMapped(address: Uint8Array, prefixLength: number): boolean {
  const mapped = mapIPv4(Uint8Array.of(0, 0, 0, 0));
  return Buffer.compare(maskAddress(mapped, prefixLength), address) === 0;
}
