// SPDX-License-Identifier: Apache-2.0
// Stage 2, shape: plain data to typed documents. It knows the fields of every kind, and nothing of how documents
// relate: that a name exists, or exists twice, is a matter of the next stage.
//
// A shaped document is normalised: defaults are filled in, scalars that may also be lists are lists, ports are ranges, durations and
// times are seconds. Its types are those of the schemas (schema/), which say what each field means.
// Paths stay those of the YAML, so `source.locate(['spec', 'egress', 0])` is right for `spec.egress[0]` here.

import type * as z from 'zod';
import type { Kind } from '../../schema/json-schema.ts';
import type { SCHEMAS } from '../../schema/kinds.ts';
import type { LoadedDocument } from '../load/types.ts';

/** Read-only to its leaves. */
type Frozen<T> = T extends readonly (infer Entry)[]
  ? readonly Frozen<Entry>[]
  : T extends object
    ? { readonly [Field in keyof T]: Frozen<T[Field]> }
    : T;

type Parsed<K extends Kind> = Frozen<z.output<(typeof SCHEMAS)[K]>>;

interface Shaped<K extends Kind> {
  readonly kind: K;
  readonly metadata: Pick<Parsed<K>['metadata'], 'name' | 'namespace' | 'labels' | 'annotations'>;
  readonly spec: Parsed<K>['spec'];
  readonly source: LoadedDocument;
}

export type ProjectDocument = Shaped<'Project'>;
export type WorkloadIdentityDocument = Shaped<'WorkloadIdentity'>;
export type ServiceDocument = Shaped<'Service'>;
export type CredentialSourceDocument = Shaped<'CredentialSource'>;
export type CredentialBindingDocument = Shaped<'CredentialBinding'>;
export type DaemonGroupDocument = Shaped<'DaemonGroup'>;
export type GuardrailDocument = Shaped<'Guardrail'>;
export type PolicyTestDocument = Shaped<'PolicyTest'>;

/** One document of a kind; `kind` tells which. */
export type ShapedDocument = { [K in Kind]: Shaped<K> }[Kind];

type IdentitySpec = WorkloadIdentityDocument['spec'];

/** Which nodes an identity is for. */
export type Scope = NonNullable<IdentitySpec['scope']>;
/** Facts that must all hold; each has one of its values. */
export type FactSelector = IdentitySpec['selectors'][number];
export type Svid = NonNullable<IdentitySpec['svid']>;
export type Connection = NonNullable<IdentitySpec['connection']>;
export type EgressRule = IdentitySpec['egress'][number];
export type IngressRule = IdentitySpec['ingress'][number];
export type AllowedSpiffeIds = NonNullable<IdentitySpec['allowedSPIFFEIDs']>;
/** What limits egress and ingress rules. */
export type Conditional = Pick<EgressRule, 'mode' | 'when' | 'ports' | 'notBefore' | 'notAfter' | 'windows'>;
/** Both ends included; 0 to 65535 is any port. */
export type PortRange = EgressRule['ports'][number];
/** A time of the week: minutes of the day from `from` until `to`, which is excluded; when `to` is not above `from`, until the next day. 0 is Monday. */
export type TimeWindow = EgressRule['windows'][number];
/** Labels that one service must all have; each with one of the values. */
export type LabelSelector = EgressRule['selectors'][number];
export type ServiceAddress = ServiceDocument['spec']['addresses'][number];
export type GuardrailRule = GuardrailDocument['spec']['rules'][number];
export type PolicyTestCase = PolicyTestDocument['spec']['tests'][number];
/** Facts under their canonical names, and a workload ID, `as`. */
export type TestProcess = PolicyTestDocument['spec']['processes'][string];
export type TestExpectation = PolicyTestCase['expect'];
