// SPDX-License-Identifier: Apache-2.0
// What is written differently, as text: a block for the postures, for each identity and for each service.

import { counted } from '../../terminal/counted.ts';
import { listWords } from '../../terminal/list.ts';
import type { Paint } from '../../terminal/paint.ts';
import type {
  Change,
  IdentityStructure,
  Kind,
  PostureChange,
  ServiceStructure,
  StatementChange,
  StatementKind,
  Structure,
} from '../types.ts';

const MARKS = { added: '+', removed: '-', changed: '~' } as const;
const STYLES = { '+': 'green', '-': 'red', '~': 'yellow' } as const;
type Mark = keyof typeof STYLES;

/** Characters of one term that are printed; all of them are in the JSON. */
const MOST_OF_TERM = 200;

interface Row {
  readonly mark: Mark;
  readonly what: string;
  readonly text: string;
}

/** What is written differently, in parts. */
export function structureParts(
  { postures, keep, udp, denyOthers, identities, services }: Structure,
  paint: Paint,
): readonly (readonly string[])[] {
  const rows = [
    ...postures.map(
      (change): Row => ({
        mark: postureMark(change),
        what: `${change.direction} posture`,
        text: arrow(change),
      }),
    ),
    ...flagRow('onRevoke', keep, 'close', 'keep'),
    ...flagRow('transports', udp, 'tcp', 'tcp, udp'),
    ...flagRow('otherTransports', denyOthers, 'allow', 'deny'),
  ];
  const [first] = rows;
  return [
    ...(first === undefined ? [] : [block(first.mark, 'project', rows, paint)]),
    ...identities.map((change) => identityPart(change, paint)),
    ...services.map((change) => servicePart(change, paint)),
  ];
}

function flagRow(what: string, change: Change<boolean> | undefined, off: string, on: string): readonly Row[] {
  if (change === undefined) return [];
  return [{ mark: '~', what, text: change.after ? `${off} -> ${on}` : `${on} -> ${off}` }];
}

function postureMark({ before, after }: PostureChange): Mark {
  return before === 'ungoverned' ? '+' : after === 'ungoverned' ? '-' : '~';
}

/** An identity with what is written differently of it. */
export function identityPart(change: IdentityStructure, paint: Paint): readonly string[] {
  const { kind, workloadId, mode, fallback, selectors, statements } = change;
  return block(
    MARKS[kind],
    `identity ${workloadId}`,
    [
      ...changed('mode', mode, kind),
      ...changed('egress default', fallback, kind),
      ...selectors.map((one): Row => ({ mark: MARKS[one.kind], what: 'selector', text: one.selector })),
      ...statements.map(statementRow),
    ],
    paint,
  );
}

function servicePart(
  { kind, name, external, tls, endpoints, grantedTo }: ServiceStructure,
  paint: Paint,
): readonly string[] {
  return block(
    MARKS[kind],
    `service ${name} (granted to ${counted(grantedTo, 'identity', 'identities')})`,
    [
      ...changed('external', external, 'changed'),
      ...changed('tls', tls, 'changed'),
      ...endpoints.map((one): Row => ({ mark: MARKS[one.kind], what: 'endpoint', text: one.endpoint })),
    ],
    paint,
  );
}

const NAMES: Readonly<Record<StatementKind, string>> = {
  egress: 'egress rule',
  inbound: 'inbound rule',
  peers: 'peers',
  tls: 'tls',
  revocation: 'revocation',
  'agent loss': 'agent loss',
  certificate: 'certificate',
  token: 'token',
  credential: 'credential',
};

function statementRow(change: StatementChange): Row {
  const { kind, what } = change;
  const words = statementWords(change);
  return {
    mark: MARKS[kind],
    what: NAMES[what],
    text: kind === 'changed' ? `${words} (differs in details not shown)` : words,
  };
}

/** `allow to api, db and 3 more, if destination.port is 443`. */
function statementWords({ statement, services, servicesLeft = 0, terms }: StatementChange): string {
  const names =
    services?.length === 0 ? counted(servicesLeft, 'service') : listWords(services ?? [], ', ', servicesLeft);
  const to = services === undefined ? '' : ` to ${names}`;
  return [`${statement}${to}`, ...terms.map(short)].join(', ');
}

function short(term: string): string {
  return term.length > MOST_OF_TERM ? `${term.slice(0, MOST_OF_TERM)} …` : term;
}

function changed(
  what: string,
  change: Change<string | boolean | undefined> | undefined,
  kind: Kind,
): readonly Row[] {
  return change === undefined ? [] : [{ mark: MARKS[kind], what, text: arrow(change) }];
}

function arrow({ before, after }: Change<string | boolean | undefined>): string {
  if (before === undefined || before === 'ungoverned') return String(after);
  if (after === undefined || after === 'ungoverned') return `was ${String(before)}`;
  return `${String(before)} -> ${String(after)}`;
}

function block(mark: Mark, title: string, rows: readonly Row[], paint: Paint): readonly string[] {
  const width = Math.max(0, ...rows.map(({ what }) => what.length));
  return [
    paint(STYLES[mark], `${mark} ${title}`),
    ...rows.map((row) =>
      paint(STYLES[row.mark], `    ${row.mark} ${row.what.padEnd(width)}  ${row.text}`.trimEnd()),
    ),
  ];
}
