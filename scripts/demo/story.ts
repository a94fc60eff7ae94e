// SPDX-License-Identifier: Apache-2.0
// The story of one policy: what is allowed, what is refused and by which line, what a change would do, a change that undoes itself,
// and the way back. It is told on a stock kernel, or, where no machine can be had, on the embedded target.

import type { Actor, Narrator } from './narrator.ts';

export const OPERATOR: Actor = { name: 'operator', uid: 0 };
const WEB: Actor = { name: 'web', uid: 1001 };
const MALLORY: Actor = { name: 'mallory', uid: 1003 };

const API = '10.20.0.20:8080';
const TRACING = '/sys/kernel/tracing';

export interface Place {
  readonly target: 'kernel' | 'embedded';
  /** What the narrator calls it. */
  readonly description: string;
  /** The module that was built for its kernel. */
  readonly module?: string;
}

/** Tells the story. @throws StoryBroken at the first thing that is not as told. */
export async function tell(narrator: Narrator, place: Place): Promise<void> {
  const real = place.target === 'kernel';
  const as = OPERATOR;

  narrator.chapter('The policy');
  narrator.say(`We are on ${place.description}. The policy of a small shop lies in git: a web front end may reach an API, the API may reach a
    database, and nothing else on this host may open a connection.`);
  await narrator.show({ as, command: 'git log --oneline && ls -R --ignore=.git' });
  await narrator.show({ as, command: 'cat identities/web.yaml' });
  await narrator.show({ as, command: 'riptides validate', shows: ['no diagnostics'] });

  if (place.module !== undefined) {
    narrator.chapter('The kernel module');
    narrator.say(
      'Without a policy the module decides nothing. It is loaded, and everything works as before.',
    );
    await narrator.show({ as, command: `riptides module load ${place.module}` });
    await narrator.show({ as, command: 'riptides module info', shows: ['generation'] });
    await narrator.show({ as, command: `echo 1 > ${TRACING}/events/riptides/enable` });
    await narrator.show({ as: MALLORY, command: fetch('/usr/bin/curl'), shows: ['the API answers'] });
  }

  narrator.chapter('Plan and apply');
  narrator.say(
    'The plan says who gains what, each with a connection that shows it. Nothing has changed yet.',
  );
  await narrator.show({ as, command: 'riptides plan --output /tmp/first.plan', shows: ['shop/web'] });
  narrator.say('What was shown is what is applied, all of it or nothing.');
  await narrator.show({
    as,
    command: 'riptides apply /tmp/first.plan --yes --why "first policy"',
    shows: ['generation 1'],
  });

  narrator.chapter('Allowed, and refused');
  if (real) {
    narrator.say(
      'The web front end, which is this program run by this user, reaches the API. It was not changed, and knows nothing of riptides.',
    );
    await narrator.show({ as: WEB, command: fetch('/opt/shop/bin/web'), shows: ['the API answers'] });
    narrator.say(
      'The same user with another program, and another user with the same program, are somebody else. They are refused at once.',
    );
    await narrator.show({ as: WEB, command: fetch('/usr/bin/curl'), expect: 7 });
    await narrator.show({ as: MALLORY, command: fetch('/opt/shop/bin/web'), expect: 7 });
    narrator.say('The kernel has traced each verdict with the number of the rule that decided.');
    await narrator.show({
      as,
      command: `grep riptides_verdict ${TRACING}/trace | grep 10.20 | tail -n 4`,
      shows: ['deny'],
    });
  } else {
    narrator.say(
      'The embedded target enforces nothing. It answers with the same evaluator that the kernel module has built in.',
    );
    await narrator.show({
      as,
      command: explain('/opt/shop/bin/web', WEB),
      shows: ['ALLOW', 'identities/web.yaml:13:'],
    });
  }
  narrator.say('Which line refused it? The same evaluator, on the same bundle, says so.');
  await narrator.show({ as, command: explain('/usr/bin/curl', WEB), shows: ['DENY', 'riptides.yaml:13:'] });

  narrator.chapter('A change, and what it would do');
  narrator.say('Somebody takes the web front end its way to the API. The plan shows it before it happens.');
  await narrator.show({
    as,
    command: `sed -i 's/- app: api/- app: database/' identities/web.yaml && git commit -qam "web reads the database itself" && git show --stat --oneline`,
  });
  await narrator.show({ as, command: 'riptides plan', shows: ['shop/web', API] });

  narrator.chapter('A change that undoes itself');
  // Long enough for a slow machine to show both sides of it.
  const seconds = real ? 30 : 3;
  narrator.say(
    `We apply it, but do not confirm it: ${seconds} seconds later the earlier policy is back, with nobody doing anything.`,
  );
  await narrator.show({
    as,
    command: `riptides apply --yes --confirm-within ${seconds}s --why "try it"`,
    shows: ['generation 2'],
  });
  if (real) {
    await narrator.show({ as: WEB, command: fetch('/opt/shop/bin/web'), expect: 7 });
    await narrator.show({
      as: WEB,
      command: fetch('/opt/shop/bin/web'),
      shows: ['the API answers'],
      within: 90,
    });
  } else {
    await narrator.show({ as, command: `sleep ${seconds}.2` });
  }
  await narrator.show({ as, command: 'riptides status --once', shows: ['generation'] });

  narrator.chapter('Confirm, and roll back');
  narrator.say('Once more, and this time it is kept.');
  await narrator.show({
    as,
    command: 'riptides apply --yes --confirm-within 10m --why "web reads the database"',
  });
  await narrator.show({ as, command: 'riptides confirm' });
  narrator.say('It was a mistake after all. Going back is one command, and at once.');
  await narrator.show({ as, command: 'riptides rollback --yes --why "web needs the API"' });
  if (real) await narrator.show({ as: WEB, command: fetch('/opt/shop/bin/web'), shows: ['the API answers'] });
  await narrator.show({ as, command: 'riptides history', shows: ['rollback'] });
  await narrator.show({ as, command: 'riptides status --once' });

  if (place.module !== undefined) {
    narrator.chapter('Letting go');
    narrator.say('The module leaves as it came. Connections that are open now live on.');
    await narrator.show({ as, command: 'riptides module drain' });
    await narrator.show({ as, command: 'riptides module unload' });
    await narrator.show({ as: MALLORY, command: fetch('/usr/bin/curl'), shows: ['the API answers'] });
  }
}

function fetch(program: string): string {
  return `${program} -sS http://${API}/`;
}

function explain(program: string, actor: Actor): string {
  return `riptides explain --path ${program} --uid ${actor.uid} --to ${API}`;
}
