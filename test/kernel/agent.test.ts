// SPDX-License-Identifier: Apache-2.0
//
// Connections that wait for labels of the agent, which is a program of the test here. Two minutes for each kernel under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BOOT_MS, bootGuest, type Guest, KERNELS, patience } from './suite.ts';
import { labelled } from './policies.ts';

describe.each(KERNELS)('the agent, on kernel %s', (series) => {
  const TEST_MS = 90_000 * patience(series);
  let guest: Guest;

  beforeAll(async () => {
    guest = await bootGuest(series);
    await guest.load();
    await guest.python(`Family().put(policy)`, { bytes: { policy: labelled() } });
  }, BOOT_MS);

  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  const setup = `
family = Family()
while family.info()['requests']:
    time.sleep(0.1)
WEB, OTHER = ['docker:name=web', 'os:name=Debian'], ['docker:name=other']
server = None
def serve(port=8001):
    global server
    server = listen('127.0.0.1', port)
    return server
def counted(before):
    after = family.info()['counters']
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}
def arrived(listener, within=0):
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    return bool(poll.poll(within))
def start(port=8001):
    made = client('127.0.0.1', blocking=False)
    return made, errno.errorcode.get(made.connect_ex(('127.0.0.1', port)), 'ok')
def error_of(made):
    return errno.errorcode.get(made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 'ok')
def polled(made, within=0, events=select.POLLIN | select.POLLOUT):
    poll = select.poll()
    poll.register(made, events)
    names = ('IN', 'OUT', 'ERR', 'HUP')
    return [name for _, got in poll.poll(within) for name in names if got & getattr(select, 'POLL' + name)]
def timed(work):
    start = time.monotonic()
    result = work()
    return result, time.monotonic() - start
`;
  const run = (script: string, policy = labelled()): Promise<unknown> =>
    guest.python(
      `${setup}
family.put(policy)
${script}`,
      { bytes: { policy }, timeoutMs: TEST_MS },
    );

  test(
    'tells once for each image who may connect',
    async () => {
      expect(
        await run(`
agent = AgentProcess(OTHER, web=WEB)
serve()
def twice():
    return [connect('127.0.0.1', 8001) for _ in range(2)]
before = family.info()['counters']
results = [in_child(twice, name=name)() for name in ('web', 'other') * 2]
nobody = in_child(lambda: connect('127.0.0.1', 8001), uid=65534)()
requests = agent.wait_for(4)
time.sleep(0.1)
requests = agent.wait_for(4)
agent.kill()
tell(
    results=results,
    nobody=nobody,
    requests=len(requests),
    replies=[request.get('reply') for request in requests],
    comms=sorted({request['comm'] for request in requests}),
    within=all(0 < request['within'] <= 2000 for request in requests),
    waited=counted(before)['waited'],
)
`),
      ).toEqual({
        results: [
          ['ok', 'ok'],
          ['EACCES', 'EACCES'],
          ['ok', 'ok'],
          ['EACCES', 'EACCES'],
        ],
        nobody: 'ok',
        requests: 4,
        replies: Array(4).fill('ok'),
        comms: ['other', 'web'],
        within: true,
        waited: 4,
      });
    },
    TEST_MS,
  );

  test(
    'is waited for as for the answer to a SYN that is not sent yet',
    async () => {
      expect(
        await run(`
agent = AgentProcess(WEB, held=True)
serve()
made, begun = start()
edge = select.epoll()
edge.register(made, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
agent.wait_for(1)
waiting = dict(
    begun=begun,
    again=errno.errorcode[made.connect_ex(('127.0.0.1', 8001))],
    poll=polled(made),
    edge=edge.poll(0),
    error=error_of(made),
    send=attempt(made.send, b'early'),
    recv=attempt(made.recv, 1),
    peer=attempt(made.getpeername),
    bind=attempt(made.bind, ('127.0.0.1', 0)),
    arrived=arrived(server, 200),
)
agent.release()
writable = polled(made, 5000)
done = dict(
    writable=writable,
    edge=[bool(events & select.EPOLLOUT) for _, events in edge.poll(1)],
    error=error_of(made),
    again=errno.errorcode.get(made.connect_ex(('127.0.0.1', 8001)), 'ok'),
)
made.send(b'hello')
accepted, _ = server.accept()
done['data'] = accepted.recv(10).decode()
agent.kill()
tell(waiting=waiting, done=done)
`),
      ).toEqual({
        waiting: {
          begun: 'EINPROGRESS',
          again: 'EALREADY',
          poll: [],
          edge: [],
          error: 'ok',
          send: 'EAGAIN',
          recv: 'EAGAIN',
          peer: 'ENOTCONN',
          bind: 'EINVAL',
          arrived: false,
        },
        done: { writable: ['OUT'], edge: [true], error: 'ok', again: 'ok', data: 'hello' },
      });
    },
    TEST_MS,
  );

  test(
    'refuses by what it tells, and nothing is sent',
    async () => {
      expect(
        await run(`
agent = AgentProcess(OTHER, held=True)
serve()
made, begun = start()
blocked = in_child(lambda: timed(lambda: connect('127.0.0.1', 8001))[0])
agent.wait_for(2)
agent.release()
events = polled(made, 5000)
before = family.info()['counters']
told = dict(begun=begun, events=events, error=error_of(made), blocked=blocked(), arrived=arrived(server, 200))
told['next'] = connect('127.0.0.1', 8001)
agent.kill()
tell(told=told, denied=counted(before))
`),
      ).toEqual({
        told: {
          begun: 'EINPROGRESS',
          events: ['OUT', 'ERR', 'HUP'],
          error: 'EACCES',
          blocked: 'EACCES',
          arrived: false,
          next: 'EACCES',
        },
        denied: expect.objectContaining({ connectDenied: expect.any(Number) }),
      });
    },
    TEST_MS,
  );

  test.each([
    ['deny', 'EACCES', 'unansweredDenied'],
    ['keep', 'EACCES', 'unansweredDenied'],
    ['allow', 'ok', 'unansweredAllowed'],
  ] as const)(
    'that does not answer is not waited for longer than its deadline: %s',
    async (loss, result, counter) => {
      expect(
        await run(
          `
agent = AgentProcess()
serve()
before = family.info()['counters']
def thrice():
    first, took = timed(lambda: connect('127.0.0.1', 8001))
    second, soon = timed(lambda: connect('127.0.0.1', 8001))
    return [first, 1.8 < took < 4, second, soon < 0.5]
results = in_child(thrice)()
request = agent.wait_for(1)[0]
late = agent.answer(request['id'], WEB)
agent.kill()
tell(results=results, late=late, counted=counted(before), requests=family.info()['requests'])
`,
          labelled(loss),
        ),
      ).toEqual({
        results: [result, true, result, true],
        late: 'ENOENT',
        counted: expect.objectContaining({ [counter]: 2, waited: 1 }),
        requests: 0,
      });
    },
    TEST_MS,
  );

  test(
    'alone may answer, once, what it was asked, within limits',
    async () => {
      expect(
        await run(`
agent = AgentProcess(held=True)
serve()
made, _ = start()
request = agent.wait_for(1)[0]
stranger = Family()
answer = lambda of, labels, id=request['id']: attempt(of.ask, ANSWER, [(1, u64(id))] + [(7, label) for label in labels])
told = dict(
    second=attempt(stranger.ask, ATTACH)[0],
    stranger=answer(stranger, [b'docker:name=web'])[0],
    other=agent.answer(request['id'] + 1, WEB),
    zero=agent.answer(0, WEB),
    many=agent.answer(request['id'], ['a=%d' % i for i in range(65)]),
    large=agent.answer(request['id'], [('a=%02d' % i) + 'x' * 1000 for i in range(17)]),
    long=agent.answer(request['id'], ['a=' + 'x' * 1023]),
    empty=agent.answer(request['id'], ['']),
    none=agent.answer(None, []),
    waits=polled(made),
    right=agent.answer(request['id'], ['a=' + 'x' * 1022] * 15 + WEB),
    writable=polled(made, 5000),
    twice=agent.answer(request['id'], OTHER),
)
agent.kill()
tell(told=told)
`),
      ).toEqual({
        second: 'EBUSY',
        stranger: 'EPERM',
        other: 'ENOENT',
        zero: 'ENOENT',
        many: 'E2BIG',
        large: 'E2BIG',
        long: 'ERANGE',
        empty: 'ERANGE',
        none: 'EINVAL',
        waits: [],
        right: 'ok',
        writable: ['OUT'],
        twice: 'ENOENT',
      });
    },
    TEST_MS,
  );

  test(
    'is asked again when it was replaced, and not waited for when it is lost',
    async () => {
      expect(
        await run(`
serve()
first = AgentProcess()
made, _ = start()
request = first.wait_for(1)[0]
first.kill()
second = AgentProcess(WEB)
again = second.wait_for(1)[0]
told = dict(same=again['id'] == request['id'], pid=again['pid'] == os.getpid(), writable=polled(made, 5000))
told['agent'] = family.info()['agent'] == second.pid
second.kill()
# Labels that were told count until the agent is lost.
told['grace'] = connect('127.0.0.1', 8001)
time.sleep(5.5)
told['lost'], took = timed(lambda: connect('127.0.0.1', 8001))
told['at once'] = took < 1
told['child'], took = timed(lambda: in_child(lambda: connect('127.0.0.1', 8001))())
told['also'] = took < 1.5
third = AgentProcess(WEB)
told['back'] = connect('127.0.0.1', 8001)
third.kill()
tell(told=told)
`),
      ).toEqual({
        same: true,
        pid: true,
        writable: ['OUT'],
        agent: true,
        grace: 'ok',
        lost: 'EACCES',
        'at once': true,
        child: 'EACCES',
        also: true,
        back: 'ok',
      });
    },
    TEST_MS,
  );

  test(
    'that is lost takes nothing from what it told, where the policy keeps that',
    async () => {
      expect(
        await run(
          `
serve()
agent = AgentProcess(WEB)
told = [connect('127.0.0.1', 8001)]
agent.kill()
time.sleep(5.5)
told += [connect('127.0.0.1', 8001), in_child(lambda: connect('127.0.0.1', 8001))()]
tell(told=told)
`,
          labelled('keep'),
        ),
      ).toEqual(['ok', 'ok', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'can take labels back: connections are closed then',
    async () => {
      expect(
        await run(`
agent = AgentProcess(WEB)
serve()
made = client('127.0.0.1')
made.connect(('127.0.0.1', 8001))
request = agent.wait_for(1)[0]
before = family.info()['counters']
told = dict(
    same=agent.tell_labels(request['image'], request['pid'], WEB),
    lives=polled(made, 300, select.POLLIN),
    other_image=agent.tell_labels(request['image'] + 1000, request['pid'], OTHER),
    other_pid=agent.tell_labels(request['image'], 1, OTHER),
    another=agent.tell_labels(request['image'], request['pid'], OTHER),
    events=polled(made, 5000, select.POLLIN),
    error=error_of(made),
    next=connect('127.0.0.1', 8001),
    back=agent.tell_labels(request['image'], request['pid'], WEB),
)
told['restored'] = connect('127.0.0.1', 8001)
told['revoked'] = counted(before)['revoked']
agent.kill()
tell(told=told)
`),
      ).toEqual({
        same: 'ok',
        lives: [],
        other_image: 'ESRCH',
        other_pid: 'ESRCH',
        another: 'ok',
        events: expect.arrayContaining(['ERR', 'HUP']),
        error: 'ECONNABORTED',
        next: 'EACCES',
        back: 'ok',
        restored: 'ok',
        revoked: 1,
      });
    },
    TEST_MS,
  );

  test(
    'is not waited for by itself, and lists what the kernel remembers',
    async () => {
      expect(
        await run(`
agent = Agent(lambda request: WEB)
serve()
own = timed(lambda: connect('127.0.0.1', 8001))
child = in_child(lambda: [connect('127.0.0.1', 8001), time.sleep(1)][0])
request = agent.wait_for(1)[0]
time.sleep(0.3)
number = lambda data: int.from_bytes(data, sys.byteorder)
images = [dict(attributes(answer)) for _, answer in family.ask(IMAGES, flags=NLM_F_ACK | NLM_F_DUMP)]
told = {number(image[3]): number(image[2]) for image in images if 8 in image}
tell(
    own=[own[0], own[1] < 1],
    asked=len(agent.wait_for(1)),
    child=child(),
    told=told.get(child.pid) == request['image'],
    seen=os.getpid() in {number(image[3]) for image in images} and os.getpid() not in told,
)
os.close(agent.socket.detach())
`),
      ).toEqual({ own: ['EACCES', true], asked: 1, child: 'ok', told: true, seen: true });
    },
    TEST_MS,
  );

  test(
    'may answer for a socket that was closed, disconnected, shut down, or whose process has gone',
    async () => {
      expect(
        await run(`
agent = AgentProcess(WEB, held=True)
serve()
def hold():
    made, begun = start()
    time.sleep(30)
def exec_on():
    start()
    os.execvp('sleep', ['sleep', '30'])
def reuse():
    made, _ = start()
    unspecified = struct.pack('=HHIQ', 0, 0, 0, 0)
    libc = ctypes.CDLL(None)
    libc.connect(made.fileno(), unspecified, len(unspecified))
    states = [error_of(made)]
    states.append(errno.errorcode.get(made.connect_ex(('127.0.0.1', 8001)), 'ok'))
    states.append(polled(made, 8000))
    return states
def shut():
    made, _ = start()
    made.shutdown(socket.SHUT_RDWR)
    return [polled(made, 300), error_of(made)]
def interrupted():
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(InterruptedError()))
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    made = client('127.0.0.1')
    try:
        made.connect(('127.0.0.1', 8001))
        return 'connected'
    except InterruptedError:
        return [polled(made), polled(made, 8000)]
def limited():
    made = client('127.0.0.1')
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack('=qq', 0, 200000))
    return errno.errorcode[made.connect_ex(('127.0.0.1', 8001))]
def closed():
    for _ in range(100):
        start()[0].close()
    return 'closed'
killed, execed = in_child(hold), in_child(exec_on)
results = [in_child(work) for work in (reuse, shut, interrupted, limited, closed)]
agent.wait_for(7)
os.kill(killed.pid, signal.SIGKILL)
killed()
time.sleep(0.5)
agent.release()
told = [result() for result in results]
time.sleep(0.5)
left = family.info()['requests']
replies = sorted(request.get('reply', 'none') for request in agent.wait_for(7))
os.kill(execed.pid, signal.SIGKILL)
execed()
agent.kill()
tell(told=told, left=left, replies=replies)
`),
      ).toEqual({
        told: [
          ['ECONNRESET', 'EINPROGRESS', ['OUT']],
          [expect.arrayContaining(['HUP']), 'ECONNRESET'],
          [[], ['OUT']],
          'EINPROGRESS',
          'closed',
        ],
        left: 0,
        // Those who had ended, or run another program.
        replies: ['ESRCH', 'ESRCH', 'ESRCH', 'ESRCH', 'ESRCH', 'ok', 'ok'].sort(),
      });
    },
    TEST_MS,
  );

  test(
    'tells who may accept, before a connection is taken',
    async () => {
      expect(
        await run(`
agent = AgentProcess(OTHER, web=WEB, held=True)
threading.Timer(0.5, agent.release).start()
def accept_blocking(port):
    server = listen('127.0.0.1', port)
    server.settimeout(None)
    os.write(ready[1], b'x')
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('=qq', 3, 0))
    return [attempt(lambda: server.accept())]
def accept_polling(port):
    server = listen('127.0.0.1', port)
    server.setblocking(False)
    edge = select.epoll()
    edge.register(server, select.EPOLLIN | select.EPOLLET)
    os.write(ready[1], b'x')
    results = []
    end = time.monotonic() + 3
    while time.monotonic() < end and 'ok' not in results:
        for _ in edge.poll(0.5):
            results.append(attempt(lambda: server.accept()))
    return results
told = []
for round, name in enumerate(('web', 'other')):
    for number, accept in enumerate((accept_blocking, accept_polling)):
        ready = os.pipe()
        port = 8100 + 2 * round + number
        child = in_child(lambda: accept(port), name=name)
        os.read(ready[0], 1)
        peer = in_child(lambda: connect('127.0.0.1', port), uid=65534)
        told.append([name] + child())
        peer()
agent.kill()
tell(told=told)
`),
      ).toEqual([
        ['web', 'ok'],
        ['web', 'EAGAIN', 'ok'],
        ['other', 'EAGAIN'],
        expect.not.arrayContaining(['ok']),
      ]);
    },
    TEST_MS,
  );

  test(
    'can be asked by many at once; what one user causes does not keep others from it',
    async () => {
      expect(
        await run(`
echo(serve())
count = 300
agent = AgentProcess(WEB)
sleepers = [in_child(lambda: [connect('127.0.0.1', 8001)]) for _ in range(count)]
results = [result() for result in sleepers]
accepted = 0
tell(
    results={str(result): results.count(result) for result in results},
    requests=family.info()['requests'],
    asked=len(agent.wait_for(1)) >= 100,
)
agent.kill()
`),
      ).toEqual({
        results: expect.objectContaining({ "['ok']": expect.any(Number) }),
        requests: 0,
        asked: true,
      });
    },
    TEST_MS,
  );

  test(
    'is killed again and again while programs connect: all get an answer',
    async () => {
      expect(
        await run(`
# Its accepts wait as well: a backlog that is full would have SYNs sent again after seconds.
echo(listen('127.0.0.1', 8001, 4096))
stop = time.monotonic() + 20
def traffic():
    results = {}
    while time.monotonic() < stop:
        result, took = timed(lambda: connect('127.0.0.1', 8001))
        key = result if took < 3 else 'slow'
        results[key] = results.get(key, 0) + 1
    return results
def images():
    results = {}
    while time.monotonic() < stop:
        result = in_child(lambda: connect('127.0.0.1', 8001))()
        results[result] = results.get(result, 0) + 1
    return results
workers = [in_child(traffic), in_child(traffic), in_child(images)]
agents = 0
while time.monotonic() < stop:
    agent = AgentProcess(WEB)
    agents += 1
    time.sleep(0.02)
    agent.kill()
results = [worker() for worker in workers]
time.sleep(2.5)
info = family.info()
keys = sorted({key for result in results for key in result})
tell(strange=[key for key in keys if key not in ('ok', 'EACCES', 'ECONNRESET')], some='ok' in keys, agents=agents > 20, requests=info['requests'], agent=info.get('agent'))
`),
      ).toEqual({ strange: [], some: true, agents: true, requests: 0, agent: null });
    },
    TEST_MS,
  );

  test(
    'is not needed for a drain: what waits is decided without it',
    async () => {
      expect(
        await run(`
agent = AgentProcess()
serve()
children = [in_child(lambda: connect('127.0.0.1', 8001)) for _ in range(3)]
made, _ = start()
agent.wait_for(4)
left = family.drain()
states = [polled(made, 1000), error_of(made)]
results = sorted(child() for child in children)
family.arm()
agent.kill()
tell(left=left, states=states, results=results)
`),
      ).toEqual({
        left: { sockets: 0, calls: 0 },
        states: [['OUT', 'ERR', 'HUP'], 'EACCES'],
        results: ['EACCES', 'EACCES', 'EACCES'],
      });
    },
    TEST_MS,
  );

  test(
    'does not let a program hold a drain up by the lock of a socket that waits',
    async () => {
      expect(
        await run(`
from fuse import SlowFile, hold_lock
agent = AgentProcess()
serve()
slow = SlowFile()
made, _ = start()
holder = hold_lock(made, slow)
left = family.drain()
slow.let_go()
holder.join(10)
error = error_of(made)
made.close()
family.arm()
agent.kill()
tell(left=left, error=error)
`),
      ).toEqual({ left: { sockets: 0, calls: 0 }, error: 'EACCES' });
    },
    TEST_MS,
  );
});
