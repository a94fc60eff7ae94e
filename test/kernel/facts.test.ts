// SPDX-License-Identifier: Apache-2.0
//
// What the module knows of processes, and what they cannot make it believe, on real kernels. About a minute for each under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Term } from '../core/policy.ts';
import { BOOT_MS, bootGuest, type Guest, KERNELS, patience, TOOLS } from './suite.ts';
import { bundleOf, only, PORTS, ports, posture } from './policies.ts';

const PORT = 8001;
const USER = 4321;
const ok = ['ok', 'ok'];
const denied = ['EACCES', 'EACCES'];

describe.each(KERNELS)('process facts on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  let guest: Guest;

  beforeAll(async () => {
    guest = await bootGuest(series);
    await guest.load();
    guest.spawn(
      `server = listen('0.0.0.0', ${PORT}, 1000)\nprint('ready')\nwhile True: server.accept()[0].close()`,
    );
    // One static program: what can be bound, copied, linked and run in an empty root.
    const { code, stderr } = await guest.vm.run(
      [
        'sh',
        '-c',
        'mkdir -p /opt/facts && cat > /opt/facts/connect.c && gcc -static -O1 -o /opt/facts/connect /opt/facts/connect.c',
      ],
      { timeoutMs: TEST_MS, stdin: PROGRAM },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }, BOOT_MS);

  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  /** Allows only processes of the terms, then runs a shell script; its output, a word a line. */
  async function held(
    terms: readonly Term[],
    script: string,
    who: { uid?: number; gid?: number; timeoutMs?: number } = {},
  ): Promise<string[]> {
    await guest.python(`Family().put(bundle)`, { bytes: { bundle: only(...terms) } });
    const { stdout, stderr } = await guest.vm.run(script, { timeoutMs: TEST_MS, ...who });
    return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  }
  const path = (...values: string[]): Term => ({ fact: 'process:binary:path', values });

  test(
    'knows the path of the executable, not the name that it was called by',
    async () => {
      expect(
        await held(
          [path('/opt/facts/connect')],
          `cp /opt/facts/connect /opt/facts/other; ln -sf /opt/facts/connect /tmp/link
         /opt/facts/connect; /tmp/link; cd /opt; facts/../facts/connect; exec -a /opt/facts/connect /opt/facts/other; true`.replace(
            'exec -a /opt/facts/connect /opt/facts/other; true',
            `bash -c 'exec -a /opt/facts/connect /opt/facts/other'`,
          ),
        ),
      ).toEqual(['ok', 'ok', 'ok', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'knows no path of an executable that was deleted or replaced',
    async () => {
      expect(
        await held(
          [path('/opt/facts/gone')],
          `cp /opt/facts/connect /opt/facts/gone; /opt/facts/gone
         /opt/facts/gone wait & sleep 1; rm /opt/facts/gone; kill -USR1 $!; wait $!
         cp /opt/facts/connect /opt/facts/gone; /opt/facts/gone wait & sleep 1
         cp /opt/facts/connect /opt/facts/new; mv /opt/facts/new /opt/facts/gone; kill -USR1 $!; wait $!; /opt/facts/gone`,
        ),
      ).toEqual(['ok', 'EACCES', 'EACCES', 'ok']);
    },
    TEST_MS,
  );

  test(
    'does not take a program for another that it was mounted over, nor in a root of its own',
    async () => {
      expect(
        await held(
          [path('/opt/facts/trusted')],
          `cp /opt/facts/connect /opt/facts/trusted; mkdir -p /tmp/evil && cp /opt/facts/connect /tmp/evil/trusted; chmod -R a+rx /tmp/evil
         /opt/facts/trusted
         unshare --mount sh -c '/opt/facts/trusted'
         unshare --mount sh -c 'mount --bind /tmp/evil/trusted /opt/facts/trusted; /opt/facts/trusted'
         unshare --mount sh -c 'mount --bind /tmp/evil /opt/facts; /opt/facts/trusted'
         mkdir -p /tmp/jail/opt/facts; cp /opt/facts/connect /tmp/jail/opt/facts/trusted; chroot /tmp/jail /opt/facts/trusted
         mkdir -p /tmp/bare; cp /opt/facts/connect /tmp/bare/trusted; chroot /tmp/bare /trusted`,
        ),
      ).toEqual(['ok', 'ok', 'EACCES', 'EACCES', 'EACCES', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'does not let a user spoof a path with namespaces, a new root, a descriptor or a file in memory',
    async () => {
      const spoof = `
      unshare --user --map-root-user --mount sh -c 'mount --bind /tmp/evil/trusted /opt/facts/trusted; /opt/facts/trusted'
      unshare --user --map-root-user --mount sh -c 'mount --bind /tmp/evil /opt/facts; /opt/facts/trusted'
      unshare --user --map-root-user chroot /tmp/jail /opt/facts/trusted
      unshare --user --map-root-user --mount sh -c 'mount --bind /tmp/evil/trusted /opt/facts/trusted; exec 9</opt/facts/trusted; umount -l /opt/facts/trusted; /proc/self/fd/9'
      /tmp/evil/connect memory`;
      const terms = [path('/opt/facts/trusted')];
      await held(
        terms,
        `cp /opt/facts/connect /opt/facts/trusted; mkdir -p /tmp/evil /tmp/jail/opt/facts
       cp /opt/facts/connect /tmp/evil/trusted; cp /opt/facts/connect /tmp/evil/connect; cp /opt/facts/connect /tmp/jail/opt/facts/trusted
       chmod -R a+rx /tmp/evil /tmp/jail /opt/facts; sysctl -qw kernel.unprivileged_userns_clone=1 2>/dev/null; true`,
      );
      const who = { uid: USER, gid: USER };
      expect(await held(terms, `/opt/facts/trusted; ${spoof}`, who)).toEqual([
        'ok',
        ...Array(5).fill('EACCES'),
      ]);
      expect(await held(terms, 'unshare --user --map-root-user --mount /opt/facts/trusted', who)).toEqual([
        'ok',
      ]);

      // Who may run a program can be taken for it, as he can also make it do what he likes; who may not, cannot.
      const become =
        'unshare --user --map-root-user /tmp/evil/connect become /opt/facts/trusted || echo failed';
      expect(await held(terms, become, who)).toEqual(['ok']);
      await held(terms, 'chmod 700 /opt/facts/trusted');
      expect(await held(terms, become, who)).toEqual(['failed']);
    },
    TEST_MS,
  );

  test(
    'knows user and group as the host sees them, and at each connection anew',
    async () => {
      const uid = (value: number): Term[] => [{ fact: 'process:uid', values: [value] }];
      expect(await held(uid(USER), '/opt/facts/connect', { uid: USER, gid: USER })).toEqual(['ok']);
      expect(await held(uid(USER), '/opt/facts/connect')).toEqual(['EACCES']);
      expect(
        await held(uid(0), 'unshare --user --map-root-user /opt/facts/connect', { uid: USER, gid: USER }),
      ).toEqual(['EACCES']);
      expect(
        await held(uid(USER), 'unshare --user --map-root-user /opt/facts/connect', { uid: USER, gid: USER }),
      ).toEqual(['ok']);
      expect(
        await held([{ fact: 'process:gid', values: [USER] }], '/opt/facts/connect', { uid: 1, gid: USER }),
      ).toEqual(['ok']);
      expect(await held(uid(USER), `/opt/facts/connect switch ${USER}`)).toEqual(['EACCES', 'ok', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'knows the name of the first thread, also when another one connects',
    async () => {
      const name = (value: string): Term[] => [{ fact: 'process:name', values: [value] }];
      expect(await held(name('connect'), '/opt/facts/connect; /opt/facts/connect thread')).toEqual([
        'ok',
        'ok',
      ]);
      expect(await held(name('other-thread'), '/opt/facts/connect thread')).toEqual(['EACCES']);
      expect(
        await held(
          name('a-name-of-15-by'),
          'cp /opt/facts/connect /tmp/a-name-of-15-bytes; /tmp/a-name-of-15-bytes',
        ),
      ).toEqual(['ok']);
    },
    TEST_MS,
  );

  test(
    'knows the command line, with one space between arguments, up to its limit',
    async () => {
      const line = (value: string): Term[] => [{ fact: 'process:cmdline', values: [value] }];
      expect(await held(line('/opt/facts/connect'), '/opt/facts/connect; /opt/facts/connect a b')).toEqual([
        'ok',
        'ok',
      ]);
      expect(
        await held(
          line('/opt/facts/connect a b c'),
          `/opt/facts/connect a b c; /opt/facts/connect 'a b' c d; /opt/facts/connect a b`,
        ),
      ).toEqual(['ok', 'ok', 'EACCES']);
      const long = 'x'.repeat(1024 - '/opt/facts/connect '.length);
      expect(
        await held(
          line(`/opt/facts/connect ${long}`),
          `/opt/facts/connect ${long}; /opt/facts/connect ${long}yy; /opt/facts/connect ${long.slice(1)}`,
        ),
      ).toEqual(['ok', 'ok', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'finds facts out anew after exec, for a child, and when a process number is used again',
    async () => {
      expect(
        await held(
          [path('/opt/facts/trusted')],
          `cp /opt/facts/connect /opt/facts/trusted
         /opt/facts/connect exec /opt/facts/trusted; /opt/facts/trusted exec /opt/facts/connect; /opt/facts/trusted fork /opt/facts/connect`,
        ),
      ).toEqual(['EACCES', 'ok', 'ok', 'EACCES', 'ok', 'ok', 'EACCES']);
      expect(
        await guest.python(`
def run(program):
    with open('/proc/sys/kernel/ns_last_pid', 'w') as file:
        file.write('4000')
    child = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
    return [child.pid, child.communicate()[0].strip()]
tell(told=[run('/opt/facts/trusted'), run('/opt/facts/connect'), run('/opt/facts/trusted')])`),
      ).toEqual([
        [4001, 'ok'],
        [4001, 'EACCES'],
        [4001, 'ok'],
      ]);
    },
    TEST_MS,
  );

  // A daemon on a file system of its user's making: guest/program_fs.py serves it.
  const onFuse = async (script: string): Promise<unknown> =>
    guest.python(
      `
control, folder = '/tmp/fuse-control', '/opt/fuse'
def set_mode(mode):
    with open(control + '.new', 'w') as file:
        file.write(mode)
    os.rename(control + '.new', control)
subprocess.run(['modprobe', 'fuse'], check=True)
os.makedirs(folder, exist_ok=True)
set_mode('ok')
server = subprocess.Popen(['python3', '${TOOLS}/program_fs.py', folder, '/opt/facts/connect', control], stdout=subprocess.PIPE)
assert server.stdout.readline() == b'ready\\n'
def start():
    daemon = subprocess.Popen([folder + '/program', 'signals', '9'], stdout=subprocess.PIPE, text=True)
    assert daemon.stdout.readline() == 'ready\\n'
    return daemon
def poke(daemon):
    daemon.send_signal(signal.SIGUSR1)
    return daemon.stdout.readline().strip()
try:
    Family().put(bundle)
${script.trim().replace(/^/gm, '    ')}
finally:
    set_mode('ok')
    server.kill()
    subprocess.run(['umount', '-l', folder])
`,
      { bytes: { bundle: only(path('/opt/fuse/program')) }, timeoutMs: TEST_MS },
    );

  test(
    'forgets that a path could not be looked up, and remembers that it leads nowhere',
    async () => {
      expect(
        await onFuse(`
daemon, told = start(), {}
for mode in ('EIO', 'ETIMEDOUT', 'ENOMEM', 'EINTR', 'ESTALE'):
    set_mode(mode)
    told[mode] = poke(daemon)
set_mode('ok')
told['answered'] = poke(daemon)
set_mode('EIO')
told['remembered'] = poke(daemon)
set_mode('ok')
other = start()
set_mode('ENOENT')
told['ENOENT'] = poke(other)
set_mode('ok')
told['remembered too'] = poke(other)
daemon.kill(); other.kill()
tell(**told)`),
      ).toEqual({
        EIO: 'EACCES',
        ETIMEDOUT: 'EACCES',
        ENOMEM: 'EACCES',
        EINTR: 'EACCES',
        ESTALE: 'EACCES',
        answered: 'ok',
        remembered: 'ok',
        ENOENT: 'EACCES',
        'remembered too': 'EACCES',
      });
    },
    TEST_MS,
  );

  test(
    'makes nobody else wait for a file system that does not answer',
    async () => {
      expect(
        await onFuse(`
daemon, family, told = start(), Family(), {}
# Its code is in memory from then on, and need not be read.
set_mode('EIO')
poke(daemon)
set_mode('wait')
daemon.send_signal(signal.SIGUSR1)
time.sleep(1)
told['waits'] = not select.select([daemon.stdout], [], [], 0)[0]
told['others'] = subprocess.run(['/opt/facts/connect'], stdout=subprocess.PIPE, text=True).stdout.strip()
told['commit'] = family.put(bundle) > 0
told['waits on'] = not select.select([daemon.stdout], [], [], 0)[0]
server.kill()
told['served no more'] = daemon.stdout.readline().strip()
daemon.kill()
tell(**told)`),
      ).toEqual({
        waits: true,
        others: 'EACCES',
        commit: true,
        'waits on': true,
        'served no more': 'EACCES',
      });
    },
    TEST_MS,
  );

  test(
    'repeats no decision that would be another one by now',
    async () => {
      const until = 2_000_000_000;
      const timed = bundleOf({
        trustDomain: 'example.org',
        egress: 'deny',
        ingress: 'allow',
        services: [
          {
            name: 'loopback',
            endpoints: [{ address: Uint8Array.of(127, 0, 0, 0), prefixLength: 8, low: 1, high: 65535 }],
          },
        ],
        identities: [
          {
            workloadId: 'superuser',
            selectors: [[{ fact: 'process:uid', values: [0] }]],
            fallback: 'deny',
            rules: [
              {
                action: 'allow',
                services: [0],
                condition: [
                  {
                    field: 'time',
                    test: 'range',
                    low: 0,
                    high: until,
                    whenTrue: 'holds',
                    whenFalse: 'fails',
                  },
                ],
              },
            ],
          },
        ],
      });
      expect(
        await guest.python(
          `
family, told = Family(), {}
def twice(address='127.0.0.1', port=${PORT}):
    return [connect(address, port), connect(address, port)]
def counted(action):
    before = family.info()['counters']
    action()
    time.sleep(0.5)
    after = family.info()['counters']
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}
family.put(ports)
told['address'] = [twice(), twice('127.0.0.2'), twice(), twice(port=${PORTS.denied}), twice()]
told['commit'] = []
for bundle in (deny, allow, deny):
    family.put(bundle)
    told['commit'].append(twice())
family.rollback()
told['commit'].append(twice())
family.put(group)
told['group'] = [twice()]
for gid in (${USER}, 0):
    os.setegid(gid)
    told['group'].append(twice())
family.put(ports)
told['user'] = [twice(port=${PORTS.denied})]
for uid in (${USER}, 0):
    os.seteuid(uid)
    told['user'].append(twice(port=${PORTS.denied}))
began = time.clock_gettime(time.CLOCK_REALTIME), time.monotonic()
family.put(timed)
told['time'] = []
for at in (${until - 1000}, ${until + 1000}, ${until - 1000}):
    time.clock_settime(time.CLOCK_REALTIME, at)
    told['time'].append(twice())
time.clock_settime(time.CLOCK_REALTIME, began[0] + time.monotonic() - began[1])
family.put(audit)
trace = Trace()
told['counted'] = counted(lambda: [connect('127.0.0.1', ${PORT}) for _ in range(50)])
lines = trace.stop()
told['traced'] = [len(lines), len({line for line in lines if ' connect ' in line})]
tell(**told)`,
          {
            bytes: {
              ports,
              timed,
              allow: posture('allow'),
              deny: posture('deny'),
              audit: posture('audit', 'allow'),
              group: only({ fact: 'process:gid', values: [USER] }),
            },
            timeoutMs: TEST_MS,
          },
        ),
      ).toMatchObject({
        address: [ok, denied, ok, denied, ok],
        commit: [denied, ok, denied, ok],
        group: [denied, ok, denied],
        // Of other users nothing is known, so that they reach the port, at which nobody listens.
        user: [denied, ['ECONNREFUSED', 'ECONNREFUSED'], denied],
        time: [ok, denied, ok],
        counted: { connectAudited: 50, acceptAllowed: 50 },
        traced: [100, 1],
      });
    },
    TEST_MS,
  );

  // Too slow on the debug kernel.
  (series === 'debug' ? test.skip : test)(
    'keeps the facts of a daemon whose program was replaced, whatever another user does',
    async () => {
      expect(
        await held(
          [path('/opt/facts/daemon')],
          `cp /opt/facts/connect /opt/facts/daemon; /opt/facts/daemon signals 2 & daemon=$!
         sleep 2; kill -USR1 $daemon; sleep 1
         cp /opt/facts/connect /opt/facts/new; mv /opt/facts/new /opt/facts/daemon
         prlimit --nproc=unlimited setpriv --reuid ${USER} --clear-groups /opt/facts/connect flood 8300 & flood=$!
         wait $flood; kill -USR1 $daemon; wait $daemon; kill -s KILL -- -$flood
         /opt/facts/connect signals 1 & daemon=$!; sleep 1; kill -USR1 $daemon; wait $daemon`,
          { timeoutMs: 6 * TEST_MS },
        ),
      ).toEqual(['ready', 'ok', 'flooded', 'ok', 'ready', 'EACCES']);
    },
    7 * TEST_MS,
  );

  // Too slow on the debug kernel.
  (series === 'debug' ? test.skip : test)(
    'decides for more processes than it remembers at once',
    async () => {
      expect(
        await held(
          [path('/opt/facts/connect')],
          `/opt/facts/connect many 9000 | sort | uniq -c | tr -s ' '`,
          {
            timeoutMs: 6 * TEST_MS,
          },
        ),
      ).toEqual([' 9000 ECONNREFUSED']);
    },
    7 * TEST_MS,
  );
});

const PROGRAM = String.raw`
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/prctl.h>
#include <unistd.h>

static int port = 8001;

static void try_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	puts(connect(fd, (struct sockaddr *)&to, sizeof(to)) ? strerrorname_np(errno) : "ok");
	fflush(stdout);
	close(fd);
}

static void *in_thread(void *unused)
{
	prctl(PR_SET_NAME, "other-thread");
	try_connect();
	return NULL;
}

static void nothing(int signal) {}

static int connected;

static int connect_and_stay(void *unused)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(1) };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof(to));
	__atomic_add_fetch(&connected, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

/* So many processes, small ones that share their memory, that connect and then stay. */
static void flood(int count)
{
	enum { STACK = 16384 };
	int i;

	setpgid(0, 0);
	for (i = 0; i < count; i++) {
		char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (clone(connect_and_stay, stack + STACK, CLONE_VM | SIGCHLD, NULL) < 0) {
			perror("clone");
			exit(6);
		}
	}
	while (__atomic_load_n(&connected, __ATOMIC_SEQ_CST) < count)
		usleep(10000);
	puts("flooded");
}

/* Takes another program's file for its own executable: what a checkpoint tool does. Its old mapping has to go first. */
static void become(const char *path)
{
	struct prctl_mm_map map;
	char line[512], *copy;
	unsigned long start, end;
	FILE *maps = fopen("/proc/self/maps", "r");

	/* A static program cannot unmap itself while it runs; so it moves its own pages to anonymous ones. */
	while (fgets(line, sizeof(line), maps)) {
		if (!strstr(line, "/connect") || sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		copy = mmap(NULL, end - start, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		memcpy(copy, (void *)start, end - start);
		if (mremap(copy, end - start, end - start, MREMAP_MAYMOVE | MREMAP_FIXED, start) == MAP_FAILED)
			exit(3);
	}
	memset(&map, 0, sizeof(map));
	memset(line, 0, sizeof(line));
	{
		FILE *stat = fopen("/proc/self/stat", "r");
		unsigned long long f[52];
		int i;

		fgets(line, sizeof(line), stat);
		copy = strrchr(line, ')') + 4;
		for (i = 3; i < 52; i++)
			f[i] = strtoull(copy, &copy, 10);
		map.start_code = f[25]; map.end_code = f[26]; map.start_stack = f[27];
		map.start_data = f[44]; map.end_data = f[45]; map.start_brk = f[46]; map.brk = (unsigned long)sbrk(0);
		map.arg_start = f[47]; map.arg_end = f[48]; map.env_start = f[49]; map.env_end = f[50];
	}
	map.exe_fd = open(path, O_RDONLY);
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0)) {
		perror("PR_SET_MM_MAP");
		exit(4);
	}
	line[readlink("/proc/self/exe", line, sizeof(line) - 1)] = 0;
	if (strcmp(line, path))
		exit(5);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	pthread_t thread;
	int i, fd;

	if (!strcmp(mode, "wait")) {
		signal(SIGUSR1, nothing);
		pause();
	} else if (!strcmp(mode, "signals")) {
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_BLOCK, &set, NULL);
		puts("ready");
		fflush(stdout);
		for (i = 0; i < atoi(argv[2]); i++) {
			sigwait(&set, &fd);
			try_connect();
		}
		return 0;
	} else if (!strcmp(mode, "flood")) {
		flood(atoi(argv[2]));
		return 0;
	} else if (!strcmp(mode, "thread")) {
		pthread_create(&thread, NULL, in_thread, NULL);
		pthread_join(thread, NULL);
		return 0;
	} else if (!strcmp(mode, "exec")) {
		try_connect();
		execl(argv[2], argv[2], NULL);
	} else if (!strcmp(mode, "fork")) {
		try_connect();
		if (!fork()) {
			try_connect();
			execl(argv[2], argv[2], NULL);
		}
		wait(NULL);
		return 0;
	} else if (!strcmp(mode, "switch")) {
		try_connect();
		seteuid(atoi(argv[2]));
		try_connect();
		seteuid(0);
	} else if (!strcmp(mode, "many")) {
		port = 1;
		for (i = 0; i < atoi(argv[2]); i++) {
			if (!fork()) {
				try_connect();
				return 0;
			}
			wait(NULL);
		}
		return 0;
	} else if (!strcmp(mode, "become")) {
		become(argv[2]);
	} else if (!strcmp(mode, "memory")) {
		char buffer[1 << 16];
		ssize_t n;

		i = open("/proc/self/exe", O_RDONLY);
		fd = memfd_create("../../opt/facts/trusted", MFD_CLOEXEC);
		while ((n = read(i, buffer, sizeof(buffer))) > 0)
			write(fd, buffer, n);
		fexecve(fd, (char *[]){ "/opt/facts/trusted", NULL }, (char *[]){ NULL });
	}
	try_connect();
	return 0;
}
`;
