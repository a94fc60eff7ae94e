// SPDX-License-Identifier: Apache-2.0
// How two policies differ: who gains or loses what. It is what `diff --json` prints; additions do not change schemaVersion, anything
// else does. Together the changes cover all connections that the two policies decide differently, and no other.

import type { ActionName, ModeName, TlsModeName } from '../bundle/view.ts';
import type { TextClass } from './space/texts.ts';

export interface PolicyDifference {
  /** Whether every connection was compared. When not, `notCompared` says which were not. */
  readonly exact: boolean;
  /** Whether every connection is decided alike, with the same certificates, tokens and credentials. */
  readonly same: boolean;
  /** Whether the two bundles are the same bytes. */
  readonly sameBytes: boolean;
  /** The SPIFFE ID of every identity changes with it; identities are then compared by their workload IDs. */
  readonly trustDomain?: Change<string> | undefined;
  /** Who gains or loses which connections. In order of the identities, those of the same identity before and after first. */
  readonly identities: readonly IdentityDifference[];
  /** What is written differently. */
  readonly structure: Structure;
  /** Credentials that an identity may use, and could not before or only with more restrictions; only on request. */
  readonly credentials?: readonly CredentialGain[];
  /** Which comparisons were given up, and why. One sentence each. */
  readonly notCompared: readonly string[];
  readonly summary: DifferenceSummary;
}

export interface DifferenceSummary {
  /** Whether the trust domain changes. */
  readonly trustDomain: boolean;
  readonly postures: number;
  /** Whether what is governed besides TCP changes. */
  readonly transports: boolean;
  readonly identities: Counts;
  readonly services: Counts;
  /** Changes to certificates, tokens and credentials. */
  readonly others: number;
  readonly gains: number;
  readonly losses: number;
  readonly changes: number;
  /** Pairs of identities between which processes move. */
  readonly moves: number;
}

export type Kind = 'added' | 'removed' | 'changed';
export type Counts = Readonly<Record<Kind, number>>;

/** What is written differently, whether or not a connection is decided differently by it. */
export interface Structure {
  readonly postures: readonly PostureChange[];
  /** Whether connections of processes without an identity are kept when they are denied after they began; absent: as before. */
  readonly keep?: Change<boolean> | undefined;
  /** Whether UDP is decided; absent: as before. */
  readonly udp?: Change<boolean> | undefined;
  /** Whether sockets of other transports are refused where the default for connections out denies; absent: as before. */
  readonly denyOthers?: Change<boolean> | undefined;
  /** In order of workload ID. */
  readonly identities: readonly IdentityStructure[];
  /** In order of name. */
  readonly services: readonly ServiceStructure[];
}

/** `ungoverned`: no policy is in force. */
export interface PostureChange extends Change<ActionName | 'ungoverned'> {
  readonly direction: 'egress' | 'ingress';
}

export interface IdentityStructure {
  readonly kind: Kind;
  readonly workloadId: string;
  readonly mode?: Change<ModeName | undefined> | undefined;
  /** The action for connections that no egress rule grants. */
  readonly fallback?: Change<ActionName | undefined> | undefined;
  readonly selectors: readonly SelectorChange[];
  readonly statements: readonly StatementChange[];
}

export interface SelectorChange {
  readonly kind: 'added' | 'removed';
  /** As in `process:name=curl process:uid=1000,1001`. */
  readonly selector: string;
}

export type StatementKind =
  | 'egress'
  | 'inbound'
  | 'peers'
  | 'tls'
  | 'revocation'
  | 'agent loss'
  | 'certificate'
  | 'token'
  | 'credential';

/** As in `allow` to some services, `if destination.port is 443`. */
export interface StatementChange {
  /** `changed`: the text is the same, and the data is not. */
  readonly kind: Kind;
  readonly what: StatementKind;
  readonly statement: string;
  /** The services that it is about; of a statement that is on both sides, those that are on this side only. */
  readonly services?: readonly string[] | undefined;
  /** How many services are not listed. */
  readonly servicesLeft?: number | undefined;
  readonly terms: readonly string[];
}

export interface ServiceStructure {
  readonly kind: Kind;
  readonly name: string;
  readonly external?: Change<boolean> | undefined;
  readonly tls?: Change<boolean> | undefined;
  /** As in `10.0.0.0/8 ports 8000-8080` or `api.example.com:443`. */
  readonly endpoints: readonly { readonly kind: 'added' | 'removed'; readonly endpoint: string }[];
  /** Identities with a rule for it, in the policy after; of one that is removed, in the policy before. */
  readonly grantedTo: number;
}

export interface CredentialGain {
  /** A number of the bundle after. */
  readonly binding: number;
  /** The SPIFFE ID of the identity. */
  readonly identity: string;
  /** The name of the credential's source. */
  readonly credential: string;
}

export interface Change<T> {
  readonly before: T;
  readonly after: T;
}

/** What differs for processes with one identity before and one after. */
export interface IdentityDifference {
  /** SPIFFE IDs; absent: no identity. */
  readonly before?: string;
  readonly after?: string;
  /** Some of the selectors that these processes match. */
  readonly selectors: readonly SelectorPair[];
  /** How many more there are. */
  readonly selectorsLeft: number;
  /** When the two differ: an example for each direction. All connections of these processes change. */
  readonly moves: readonly { readonly direction: 'out' | 'in'; readonly example: Example }[];
  readonly changes: readonly ConnectionChange[];
  /** Processes that become an identity that existed before, by selector; only on request. */
  readonly arrivals?: readonly Origin[];
}

/** The winning selectors; absent: none matches. */
export interface SelectorPair {
  readonly before?: string;
  readonly after?: string;
}

export type ChangeKind = 'gains' | 'loses' | 'changes';

/** Connections of these processes with the same change. */
export interface ConnectionChange {
  readonly kind: ChangeKind;
  /** `out`: they connect; `in`: they accept. */
  readonly direction: 'out' | 'in';
  /** By this protocol alone; absent: by all that are decided. */
  readonly protocol?: 'tcp' | 'udp' | undefined;
  /** Whether more is allowed than before: a connection, a peer, another identity to present, weaker TLS, or no audit. */
  readonly widens: boolean;
  readonly before: ConnectionOutcome;
  readonly after: ConnectionOutcome;
  /** Services within `endpoints`; they are all of it when `unnamedEndpoints` is empty. */
  readonly services: readonly string[];
  /** The part of `endpoints` in none of the services. */
  readonly unnamedEndpoints: readonly Endpoints[];
  /** When `endpoints` is everything except some services: their names. */
  readonly allBut?: readonly string[];
  /** Where they connect to or accept from: any of these. */
  readonly endpoints: readonly Endpoints[];
  /** When: any of these; absent: always. */
  readonly when?: readonly Case[];
  /** The complement, where that is shorter: none of these. */
  readonly unless?: readonly Case[];
  readonly example: Example;
  /** When peers differ: one that is allowed on one side only. */
  readonly peer?: { readonly peer: string; readonly before: boolean; readonly after: boolean } | undefined;
  /** When it widens: its causes in the policy after; only on request. */
  readonly origins?: readonly Origin[];
}

/**
 * A cause in the policy after, with an example; one example for all identities that share it. Numbers are those of the bundle.
 */
export type Origin = OriginKind & {
  readonly example: Example;
  /** The part of the change's endpoints that it grants; absent: all of them. */
  readonly reach?: Reach;
};

/** Endpoints by name, as far as possible. */
export type Reach = Pick<ConnectionChange, 'direction' | 'services' | 'unnamedEndpoints' | 'allBut'>;

export type OriginKind =
  /** The default posture. */
  | { readonly of: 'posture' }
  /** Of the identity: its existence, its mode, its outbound peers, its TLS. */
  | { readonly of: 'identity' | 'mode' | 'peers' | 'tls' }
  | { readonly of: 'rule'; readonly rule: number }
  /** New endpoints of a service that the identity was granted before. */
  | { readonly of: 'endpoints'; readonly rule: number; readonly service: number }
  /** A new service, by a rule that also grants services granted before. */
  | { readonly of: 'service'; readonly rule: number; readonly service: number }
  | { readonly of: 'selector'; readonly selector: number };

export interface ConnectionOutcome {
  readonly action: ActionName;
  /** SPIFFE ID of the identity that is presented to the peer; absent: the process's own. */
  readonly presents?: string | undefined;
  readonly tls: TlsModeName;
  readonly intercept: boolean;
  /** The peers that are allowed: any of these; absent: every one. */
  readonly peers?: readonly Case[] | undefined;
}

/** Host name, address and port, all of them. */
export interface Endpoints {
  /** The name that is connected to; absent: any, and none. */
  readonly names?: readonly TextClass[];
  /** Addresses of the other side; absent: all. */
  readonly addresses?: { readonly only: readonly string[] } | { readonly except: readonly string[] };
  /** Its ports, `80` or `80-90`; absent: all. */
  readonly ports?: readonly string[];
  /** Of a connection that is accepted, the ports that it comes in at; absent: all. */
  readonly localPorts?: readonly string[];
}

/** Tests that all hold. */
export type Case = readonly Test[];

export interface Test {
  readonly field: TestField;
  /** Numbers: in one of these ranges, both ends included. */
  readonly ranges?: readonly (readonly [number, number])[];
  /** Numbers: or the process has none. */
  readonly absent?: true;
  /** Texts: in one of these classes. */
  readonly texts?: readonly TextClass[];
}

export type TestField =
  | 'process:uid'
  | 'process:gid'
  | 'process:name'
  | 'process:binary:path'
  | 'process:cmdline'
  | 'peer:domain'
  | 'peer:path'
  | 'time'
  | 'week-minute';

/** A connection with its verdicts, as given by the evaluator that the kernel runs. */
export interface Example {
  /** Facts of the process: the verdicts hold for a process with these and no others. */
  readonly facts: Readonly<Record<string, string | number>>;
  readonly labels: readonly string[];
  readonly direction: 'out' | 'in';
  /** Absent: TCP. */
  readonly protocol?: 'udp' | undefined;
  /** The other side, as in `10.0.0.1:443` or `[2001:db8::1]:443`. */
  readonly remote: string;
  /** The host name that is connected to. */
  readonly name?: string | undefined;
  /** The port that an accepted connection comes in at. */
  readonly localPort?: number | undefined;
  /** The SPIFFE ID of the peer of an accepted connection. */
  readonly peer?: string | undefined;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly before: ExampleVerdict;
  readonly after: ExampleVerdict;
}

export interface ExampleVerdict {
  readonly action: ActionName;
  /** The SPIFFE ID of the process. */
  readonly identity?: string;
  readonly service?: string | undefined;
  /** The rule that decided, a number of the bundle; absent: no policy is in force. */
  readonly rule?: number;
  /** Where it is written, as in `policy.yaml:12:5`. */
  readonly source?: string | undefined;
}
