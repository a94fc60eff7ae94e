// SPDX-License-Identifier: Apache-2.0
// All collectors at once: deadlines, what is kept, changes, and processes that are not what they were.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { MOST_LABELS } from '../../src/agent/labels/bounds.ts';
import { openProcess } from '../../src/agent/labels/process.ts';
import { createSource, type LabelChange } from '../../src/agent/labels/source.ts';
import type { Collector, CollectorName, Found } from '../../src/agent/labels/types.ts';

const HOUR = 3_600_000;

/** A collector that answers whatever it is made to. */
function collector(
  name: CollectorName,
  find: (key: string, signal: AbortSignal) => Promise<Found | undefined>,
  rest: Partial<Collector> = {},
): Collector {
  return {
    name,
    deadline: 300,
    lifetime: HOUR,
    keyOf: () => 'key',
    find,
    check: async () => 'here',
    ...rest,
  };
}

const named = (value: string): Found => ({ labels: [{ name: 'docker:name', value }] });

test('labels come in the order of the collectors', async () => {
  const source = createSource(
    [
      collector('static', async () => ({ labels: [{ name: 'static:team', value: 'shop' }] })),
      collector('docker', async () => named('web')),
    ],
    HOUR,
  );
  expect(await source.collect(process.pid)).toMatchObject({
    process: 'same',
    labels: [
      { name: 'static:team', value: 'shop' },
      { name: 'docker:name', value: 'web' },
    ],
    collectors: [
      { name: 'static', outcome: 'answered' },
      { name: 'docker', outcome: 'answered', key: 'key' },
    ],
    complete: true,
  });
});

test('one that hangs keeps nobody waiting, and the answer says so', async () => {
  let aborted = false;
  const source = createSource(
    [
      collector('docker', async (_, signal) => {
        signal.addEventListener('abort', () => (aborted = true));
        return new Promise(() => {});
      }),
      collector('static', async () => ({ labels: [{ name: 'static:team', value: 'shop' }] })),
    ],
    HOUR,
  );
  const start = performance.now();
  expect(await source.collect(process.pid)).toMatchObject({
    labels: [{ name: 'static:team', value: 'shop' }],
    collectors: [
      { outcome: 'no-answer', reason: 'it did not answer within 300 ms' },
      { outcome: 'answered' },
    ],
    complete: false,
  });
  expect(performance.now() - start).toBeLessThan(5000);
  expect(aborted).toBe(true);
});

test('one that throws gives no answer, and is asked again', async () => {
  let asked = 0;
  const source = createSource(
    [
      collector('docker', async () => {
        asked++;
        throw new TypeError('x is not a function');
      }),
    ],
    HOUR,
  );
  expect((await source.collect(process.pid)).complete).toBe(false);
  expect((await source.collect(process.pid)).collectors).toMatchObject([{ outcome: 'no-answer' }]);
  expect(asked).toBe(2);
});

test('what is known is kept for its lifetime, and is asked for once by many', async () => {
  let asked = 0;
  const source = createSource(
    [
      collector(
        'docker',
        async () => {
          asked++;
          await sleep(20);
          return named('web');
        },
        { lifetime: 3000 },
      ),
    ],
    HOUR,
  );
  await Promise.all(Array.from({ length: 50 }, () => source.collect(process.pid)));
  expect(asked).toBe(1);
  await source.collect(process.pid);
  expect(asked).toBe(1);
  await sleep(3100);
  await source.collect(process.pid);
  expect(asked).toBe(2);
});

test('a process that does not belong to what its cgroup names gets nothing of it', async () => {
  const source = createSource(
    [collector('docker', async () => ({ ...named('web'), includes: async () => false }))],
    HOUR,
  );
  expect(await source.collect(process.pid)).toMatchObject({
    labels: [],
    collectors: [{ outcome: 'nothing', labels: [] }],
  });
});

test('no more labels than the kernel takes, and the answer says that some are left out', async () => {
  const labels = Array.from({ length: MOST_LABELS + 44 }, (_, i) => ({
    name: `docker:label:${i}`,
    value: 'x',
  }));
  const first = collector('static', async () => ({ labels: [{ name: 'static:team', value: 'shop' }] }));
  const source = createSource([first, collector('docker', async () => ({ labels }))], HOUR);
  const answer = await source.collect(process.pid);
  expect(answer.labels).toHaveLength(MOST_LABELS);
  expect(answer.labels[0]).toEqual({ name: 'static:team', value: 'shop' });
  expect(answer).toMatchObject({
    collectors: [{ dropped: {} }, { dropped: { 'too-many': 45 } }],
    complete: false,
  });
  const fitting = createSource(
    [collector('docker', async () => ({ labels: labels.slice(0, MOST_LABELS) }))],
    HOUR,
  );
  expect(await fitting.collect(process.pid)).toMatchObject({ complete: true });
});

describe('changes', () => {
  const ends: (() => void)[] = [];
  afterAll(() => {
    for (const end of ends) end();
  });

  function changing() {
    let answer: Found | undefined = named('web');
    const changes: LabelChange[] = [];
    const source = createSource(
      [
        collector(
          'docker',
          async () => {
            if (answer === undefined || answer.labels.length > 0) return answer;
            throw new Error('it does not answer now');
          },
          { lifetime: 1 },
        ),
      ],
      20,
    );
    const stop = source.onChange((change) => changes.push(change));
    ends.push(stop, source.close);
    return { source, changes, stop, become: (now: Found | undefined) => (answer = now) };
  }

  async function until(holds: () => boolean): Promise<void> {
    for (let i = 0; i < 500 && !holds(); i++) await sleep(10);
    expect(holds()).toBe(true);
  }

  test('are told once, by their key', async () => {
    const { source, changes, become } = changing();
    await source.collect(process.pid);
    await sleep(100);
    expect(changes).toEqual([]);
    become(named('api'));
    await until(() => changes.length > 0);
    await sleep(100);
    expect(changes).toEqual([
      { collector: 'docker', key: 'key', labels: [{ name: 'docker:name', value: 'api' }] },
    ]);
  });

  test('are told of what is gone', async () => {
    const { source, changes, become } = changing();
    await source.collect(process.pid);
    become(undefined);
    await until(() => changes.length > 0);
    expect(changes).toEqual([{ collector: 'docker', key: 'key', labels: [] }]);
  });

  test('are none where a source does not answer', async () => {
    const { source, changes, become } = changing();
    await source.collect(process.pid);
    become({ labels: [] });
    await sleep(150);
    expect(changes).toEqual([]);
    become(named('api'));
    await until(() => changes.length > 0);
  });

  test('that another process finds are told as well', async () => {
    const { source, changes, become, stop } = changing();
    await source.collect(process.pid);
    stop();
    const heard: LabelChange[] = [];
    const end = source.onChange((change) => heard.push(change));
    become(named('api'));
    await sleep(5);
    await source.collect(process.pid);
    end();
    expect(heard).toMatchObject([{ labels: [{ value: 'api' }] }]);
    expect(changes).toEqual([]);
  });
});

describe('a process that is not what it was', () => {
  /** Collects while `meanwhile` happens to a shell. */
  async function collectDuring(
    script: string,
    meanwhile: (child: ReturnType<typeof spawn>) => Promise<void>,
  ) {
    const child = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
    if (child.stdout === null) throw new Error('no output');
    await once(child.stdout, 'data');
    const source = createSource(
      [
        collector(
          'docker',
          async () => {
            await meanwhile(child);
            return named('web');
          },
          { deadline: 5000 },
        ),
      ],
      HOUR,
    );
    try {
      return await source.collect(child.pid ?? 0);
    } finally {
      child.kill('SIGKILL');
    }
  }

  test('has its labels while it stays what it is', async () => {
    const answer = await collectDuring('echo; read line; read line', async (child) => {
      child.stdin?.write('\n');
      await sleep(50);
    });
    expect(answer).toMatchObject({ process: 'same', labels: [{ value: 'web' }], complete: true });
  });

  test('has none after it has run another program', async () => {
    const answer = await collectDuring('echo; read line; exec sleep 60', async (child) => {
      child.stdin?.write('\n');
      await sleep(300);
    });
    expect(answer).toMatchObject({ process: 'changed', labels: [], complete: false });
  });

  test('has none after it has run the same program again', async () => {
    const again = 'echo; read line; exec /bin/sh -c "read line"';
    const answer = await collectDuring(again, async (child) => {
      child.stdin?.write('\n');
      await sleep(300);
    });
    expect(answer).toMatchObject({ process: 'changed', labels: [] });
  });

  test('has none after it has ended', async () => {
    const answer = await collectDuring('echo; read line', async (child) => {
      child.stdin?.write('\n');
      await once(child, 'exit');
    });
    expect(answer).toMatchObject({ process: 'changed', labels: [], collectors: [{ labels: [] }] });
  });

  test('is held by its directory, so that nothing of another is read', async () => {
    const child = spawn('/bin/sh', ['-c', 'echo; read line'], { stdio: ['pipe', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    const handle = await openProcess(child.pid ?? 0);
    expect(await handle.read('comm')).toBe('sh\n');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect(handle.read('comm')).rejects.toThrow();
    expect(await handle.isSame()).toBe(false);
    await handle.close();
  });

  test('is an error when there is none', async () => {
    const child = spawn('/bin/true');
    await once(child, 'exit');
    await expect(openProcess(child.pid ?? 0)).rejects.toMatchObject({ code: 'RTE1901' });
    await expect(openProcess(4_194_304)).rejects.toThrow('there is no process 4194304');
  });
});
