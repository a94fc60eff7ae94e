// SPDX-License-Identifier: Apache-2.0
// The kinds of documents there are.

import { credentialBindingSchema } from './credential-binding.ts';
import { credentialSourceSchema } from './credential-source.ts';
import { daemonGroupSchema } from './daemon-group.ts';
import { guardrailSchema } from './guardrail.ts';
import { policyTestSchema } from './policy-test.ts';
import { projectSchema } from './project.ts';
import { serviceSchema } from './service.ts';
import { workloadIdentitySchema } from './workload-identity.ts';

/** The schema of every kind that a policy is made of. */
export const SCHEMAS = {
  Project: projectSchema,
  WorkloadIdentity: workloadIdentitySchema,
  Service: serviceSchema,
  CredentialSource: credentialSourceSchema,
  CredentialBinding: credentialBindingSchema,
  DaemonGroup: daemonGroupSchema,
  Guardrail: guardrailSchema,
  PolicyTest: policyTestSchema,
} as const;

export const KINDS = Object.keys(SCHEMAS);

/** Kinds of the published policy language that may stand beside a policy and have no effect on it, and what they are. */
export const BYSTANDERS: Readonly<Record<string, string>> = {
  Daemon: 'a control plane writes it about a node',
  Claim: 'a control plane writes it when a node asks to join',
  Verifier: 'it says how nodes join a control plane',
  OIDCClient: 'it says how programs log in to a control plane',
};

/** Kinds that are refused: why, and what to do. */
export const REFUSED_KINDS: Readonly<
  Record<string, { readonly code: 'RTP1131' | 'RTP1135'; readonly why: string; readonly fix: string }>
> = {
  JoinToken: {
    code: 'RTP1131',
    why: 'it holds a token in clear text, and anyone who can read the repository could join a node with it',
    fix: 'keep the document out of the repository; if the token was committed, revoke it',
  },
  IdentityProvider: {
    code: 'RTP1131',
    why: 'it holds a client secret in clear text, which everyone who can read the repository could use',
    fix: 'keep the document out of the repository; if the secret was committed, replace it',
  },
  WorkloadCredential: {
    code: 'RTP1135',
    why: 'it was replaced, and what is read here would never be delivered',
    fix: 'write a CredentialBinding with workloadID, credentialSource and propagation; riptides import writes one',
  },
};

/** API groups of the published policy language. */
export const API_GROUPS: readonly string[] = ['core.riptides.io/', 'auth.riptides.io/'];
