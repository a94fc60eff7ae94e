// SPDX-License-Identifier: Apache-2.0
// The kinds of documents there are.

import { guardrailSchema } from './guardrail.ts';
import { projectSchema } from './project.ts';
import { serviceSchema } from './service.ts';
import { workloadIdentitySchema } from './workload-identity.ts';

/** The schema of every kind that this version carries out. */
export const SCHEMAS = {
  Project: projectSchema,
  WorkloadIdentity: workloadIdentitySchema,
  Service: serviceSchema,
  Guardrail: guardrailSchema,
} as const;

export const KINDS = Object.keys(SCHEMAS);

/** Kinds of the policy language that this version gives no effect, and what to do without them. */
export const UNSUPPORTED_KINDS: Readonly<Record<string, string>> = {
  CredentialSource: 'this version does not fetch or inject credentials',
  CredentialBinding: 'this version does not fetch or inject credentials',
  WorkloadCredential: 'this version does not fetch or inject credentials',
  Daemon: 'this version has no control plane; policies are applied on the node itself',
  DaemonGroup: 'this version has no groups of nodes',
  Claim: 'this version has no control plane; policies are applied on the node itself',
  Verifier: 'this version has no control plane; policies are applied on the node itself',
  JoinToken: 'this version has no control plane; policies are applied on the node itself',
  IdentityProvider: 'this version has no human login',
  OIDCClient: 'this version has no human login',
};

/** API groups of the policy language. */
export const API_GROUPS: readonly string[] = ['core.riptides.io/', 'auth.riptides.io/'];
