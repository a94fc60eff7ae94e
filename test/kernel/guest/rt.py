# SPDX-License-Identifier: Apache-2.0
"""
What the module's tests use inside the guest: a generic netlink client of its own, so that the module is not only tested against the
client that riptides ships, and short words for sockets. Needs nothing but the standard library.
"""

import ctypes
import errno
import hashlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NETLINK_GENERIC, SOL_NETLINK, NETLINK_EXT_ACK = 16, 270, 11
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 16, 3, 1, 2

GET_INFO, BEGIN, CHUNK, COMMIT, CONFIRM, ROLLBACK, DUMP, DRAIN, ARM = range(1, 10)
ATTACH, REQUEST, ANSWER, TELL, IMAGES, STATE = range(11, 17)
NAMES_SET, NAMES, RESOLVERS_SET = 20, 21, 22
CHUNK_SIZE = 16384

u32 = lambda n: struct.pack('=I', n)
u64 = lambda n: struct.pack('=Q', n)


def attribute(kind, data):
    return struct.pack('=HH', 4 + len(data), kind) + data + bytes(-len(data) % 4)


def attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from('=HH', data)
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]


class Refused(Exception):
    """What the kernel answers instead: the name of the errno, and its words."""

    def __init__(self, code, text):
        super().__init__(f'{code}: {text}')
        self.code, self.text = code, text


class Family:
    """One netlink socket, and the commands of the family on it."""

    def __init__(self, name='riptides'):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.socket.bind((0, 0))
        self.port = self.socket.getsockname()[0]
        self.sequence = 0
        self.id = GENL_ID_CTRL
        for _, answer in self.ask(CTRL_CMD_GETFAMILY, [(CTRL_ATTR_FAMILY_NAME, name.encode() + b'\0')]):
            self.id = struct.unpack('=H', dict(attributes(answer))[CTRL_ATTR_FAMILY_ID])[0]

    def send(self, command, attrs=(), flags=NLM_F_ACK, raw=None):
        body = raw if raw is not None else b''.join(attribute(kind, data) for kind, data in attrs)
        self.sequence += 1
        head = struct.pack('=IHHIIBBH', 20 + len(body), self.id, NLM_F_REQUEST | flags, self.sequence, 0, command, 1, 0)
        self.socket.send(head + body)

    def answers(self):
        """Yields (command, attributes) until the kernel has said all; raises Refused."""
        while True:
            data = self.socket.recv(1 << 17)
            while data:
                length, kind, flags, sequence, _ = struct.unpack_from('=IHHII', data)
                message, data = data[16:length], data[(length + 3) & ~3 :]
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    code = struct.unpack_from('=i', message)[0] if len(message) >= 4 else 0
                    if not code:
                        return
                    text = ''
                    if kind == NLMSG_ERROR and flags & NLM_F_ACK_TLVS:
                        skip = 20 if flags & NLM_F_CAPPED else 4 + ((struct.unpack_from('=I', message, 4)[0] + 3) & ~3)
                        text = dict(attributes(message[skip:])).get(1, b'').rstrip(b'\0').decode()
                    raise Refused(errno.errorcode.get(-code, str(code)), text)
                yield message[0], message[4:]

    def ask(self, command, attrs=(), flags=NLM_F_ACK, raw=None):
        self.send(command, attrs, flags, raw)
        return list(self.answers())

    def info(self):
        got = dict(attributes(self.ask(GET_INFO)[0][1]))
        number = lambda data: int.from_bytes(data, sys.byteorder)
        told = {
            'version': got[1].rstrip(b'\0').decode(),
            'bundleVersion': number(got[2]),
            'state': ['armed', 'drained', 'arming', 'draining', 'bypassed'][number(got[3])],
            'generation': number(got[4]),
            'sockets': number(got[9]),
            'features': number(got[14]),
            'calls': number(got[15]),
        }
        for kind, name in ((6, 'size'), (7, 'committedAt'), (8, 'confirmRemaining'), (10, 'transaction'), (17, 'agent'), (18, 'requests')):
            if kind in got:
                told[name] = number(got[kind])
        if 5 in got:
            told['digest'] = got[5].hex()
        names = ('connectAllowed', 'connectAudited', 'connectDenied', 'acceptAllowed', 'acceptAudited', 'acceptDenied', 'revoked', 'waited',
                 'unansweredAllowed', 'unansweredDenied', 'unfilled')
        told['counters'] = dict(zip(names, (number(data) for kind, data in attributes(got[11]) if kind == 1)))
        counted = [number(data) for kind, data in attributes(got[11]) if kind == 1]
        told['datagrams'] = dict(zip(('allowed', 'audited', 'denied'), counted[11:]))
        told['others'] = dict(zip(('audited', 'denied'), counted[14:]))
        told['history'] = [
            {'generation': number(entry[1]), 'digest': entry[2].hex()}
            for entry in (dict(attributes(data)) for kind, data in attributes(got[12]) if kind == 1)
        ]
        told['holders'] = [
            {'what': ['call', 'socket'][number(entry[1])], 'pid': number(entry[2]), 'comm': entry[3].rstrip(b'\0').decode()}
            for entry in (dict(attributes(data)) for kind, data in attributes(got[16]) if kind == 1)
        ]
        return told

    def begin(self, size, digest, expected=None):
        if expected is None:
            expected = self.info()['generation']
        self.ask(BEGIN, [(1, u64(expected)), (2, u32(size)), (3, digest)])

    def chunk(self, offset, data):
        self.ask(CHUNK, [(1, u32(offset)), (2, data)])

    def copy(self, offset, start, length):
        self.ask(CHUNK, [(1, u32(offset)), (3, u32(start)), (4, u32(length))])

    def send_bundle(self, bundle, expected=None):
        self.begin(len(bundle), hashlib.sha256(bundle).digest(), expected)
        for offset in range(0, len(bundle), CHUNK_SIZE):
            self.chunk(offset, bundle[offset : offset + CHUNK_SIZE])

    def commit(self, check=False, within=None):
        attrs = [(1, b'')] if check else []
        if within is not None:
            attrs.append((2, u32(within)))
        return self.generation(self.ask(COMMIT, attrs))

    def put(self, bundle, **options):
        """A whole transaction."""
        self.send_bundle(bundle)
        return self.commit(**options)

    def confirm(self, generation):
        self.ask(CONFIRM, [(1, u64(generation))])

    def rollback(self, expected=None, digest=None):
        if expected is None:
            expected = self.info()['generation']
        return self.generation(self.ask(ROLLBACK, [(1, u64(expected))] + ([(2, digest)] if digest else [])))

    def generation(self, answers):
        return int.from_bytes(dict(attributes(answers[0][1]))[3], sys.byteorder)

    def dump(self):
        """The bytes, and the generations that the messages name."""
        return self.join(self.ask(DUMP, flags=NLM_F_ACK | NLM_F_DUMP))

    def join(self, answers):
        parts = [dict(attributes(answer)) for _, answer in answers]
        offset = 0
        for part in parts:
            assert int.from_bytes(part[3], sys.byteorder) == offset, 'a gap'
            offset += len(part[4])
        sizes = {int.from_bytes(part[2], sys.byteorder) for part in parts}
        assert sizes <= {offset}, 'another size'
        return b''.join(part[4] for part in parts), sorted({int.from_bytes(part[1], sys.byteorder) for part in parts})

    def drain(self, within=10):
        """What is left: sockets, calls."""
        self.ask(DRAIN)
        return self.settle('drained', within)

    def arm(self, within=10):
        self.ask(ARM)
        return self.settle('armed', within)

    def settle(self, state, within):
        deadline = time.monotonic() + within
        while True:
            info = self.info()
            left = {name: info[name] for name in ('sockets', 'calls')}
            if info['state'] == state or time.monotonic() > deadline:
                return left
            time.sleep(0.02)

    def set_name(self, name, *addresses):
        """Each address with the seconds that it is held."""
        packed = b''.join(packed_address(address) + u32(seconds) for address, seconds in addresses)
        self.ask(NAMES_SET, [(1, name.encode())] + ([(2, packed)] if packed else []))

    def set_resolvers(self, *addresses, grace=None):
        packed = b''.join(packed_address(address) for address in addresses)
        self.ask(RESOLVERS_SET, ([(1, packed)] if packed else []) + ([(2, u32(grace))] if grace is not None else []))

    def names(self):
        """What is held: of each name its addresses, each with who says so."""
        held = {}
        for _, answer in self.ask(NAMES, flags=NLM_F_ACK | NLM_F_DUMP):
            got = dict(attributes(answer))
            of_name = held.setdefault(got[1].decode(), {})
            address = socket.inet_ntop(socket.AF_INET6, got[2]).removeprefix('::ffff:')
            of_name[address] = ' '.join(source for kind, source in ((3, 'agent'), (4, 'dns')) if kind in got)
        return held

    def names_left(self, name):
        """Of each address of a name the milliseconds that it is held: by the agent, by DNS."""
        left = {}
        for _, answer in self.ask(NAMES, flags=NLM_F_ACK | NLM_F_DUMP):
            got = dict(attributes(answer))
            if got[1].decode() == name:
                address = socket.inet_ntop(socket.AF_INET6, got[2]).removeprefix('::ffff:')
                left[address] = [int.from_bytes(got.get(kind, b''), sys.byteorder) for kind in (3, 4)]
        return left

    def close(self):
        self.socket.close()


class Agent(Family):
    """
    The agent: tells the labels that `labels(request)` gives, and nothing when that is None. Requests are read in the background;
    commands of its own go by another socket than the requests come by, but for those that only the agent may give.
    """

    def __init__(self, labels=lambda request: None):
        super().__init__()
        self.labels, self.seen, self.replies = labels, [], {}
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()
        self.attached = self.say(ATTACH)

    def listen(self):
        while True:
            try:
                data = self.socket.recv(1 << 17)
            except OSError:
                return
            if not data:
                return
            length, kind, flags, sequence, _ = struct.unpack_from('=IHHII', data)
            if kind == self.id and data[16] == REQUEST:
                got = dict(attributes(data[20:length]))
                number = lambda kind: int.from_bytes(got[kind], sys.byteorder)
                request = {'id': number(1), 'image': number(2), 'pid': number(3), 'within': number(5)}
                request['comm'] = got[4].rstrip(b'\0').decode()
                threading.Thread(target=self.serve, args=(request,), daemon=True).start()
            elif kind == NLMSG_ERROR:
                code = struct.unpack_from('=i', data, 16)[0]
                with self.changed:
                    self.replies[sequence] = errno.errorcode.get(-code, str(code)) if code else 'ok'
                    self.changed.notify_all()

    def serve(self, request):
        with self.changed:
            self.seen.append(request)
            self.changed.notify_all()
        told = self.labels(request)
        if told is not None:
            request['reply'] = self.answer(request['id'], told)

    def say(self, command, attrs=()):
        """'ok', or the name of the errno."""
        with self.changed:
            self.send(command, attrs)
            sequence = self.sequence
            self.changed.wait_for(lambda: sequence in self.replies, 5)
            return self.replies.pop(sequence, 'silent')

    def answer(self, request, labels):
        return self.say(ANSWER, ([] if request is None else [(1, u64(request))]) + [(7, label.encode()) for label in labels])

    def tell_labels(self, image, pid, labels, generation=None):
        attrs = [(2, u64(image)), (3, u32(pid))] + ([(6, u64(generation))] if generation else [])
        return self.say(TELL, attrs + [(7, label.encode()) for label in labels])

    def wait_for(self, count, within=5):
        """Until so many requests have come."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.seen) >= count, within)
            return list(self.seen)

class AgentProcess:
    """
    An agent in a process of its own, as the agent is not asked about itself. It tells `labels`; of processes called web, it tells `web`
    when that is given. It waits with its answers while it is held.
    """

    def __init__(self, labels=None, web=None, held=False):
        self.calls, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid:
            theirs.close()
            self.words = self.calls.makefile('rw')
            self.attached = json.loads(self.words.readline())
            return
        try:
            self.calls.close()
            words = theirs.makefile('rw')
            go = threading.Event()
            if not held:
                go.set()

            def told(request):
                go.wait(10)
                return web if web is not None and request['comm'] == 'web' else labels

            agent = Agent(told)
            words.write(json.dumps(agent.attached) + '\n')
            words.flush()
            for line in words:
                name, arguments = json.loads(line)
                result = go.set() if name == 'release' else getattr(agent, name)(*arguments)
                words.write(json.dumps(result) + '\n')
                words.flush()
        finally:
            os._exit(0)

    def __getattr__(self, name):
        """Calls a method of the agent there."""

        def call(*arguments):
            self.words.write(json.dumps([name, arguments]) + '\n')
            self.words.flush()
            return json.loads(self.words.readline())

        return call

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.words.close()
        self.calls.close()


def in_child(work, uid=None, name=None):
    """Starts a process, which is an image of its own, and returns a function that waits for what `work` gives there."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.close(ours)
            if name:
                with open('/proc/self/comm', 'w') as file:
                    file.write(name)
            if uid is not None:
                os.setgid(uid)
                os.setuid(uid)
            result = json.dumps(work())
        except BaseException as error:
            result = json.dumps(f'{type(error).__name__}: {error}')
        os.write(theirs, result.encode())
        os._exit(0)
    os.close(theirs)

    def result():
        with os.fdopen(ours) as file:
            text = file.read()
        os.waitpid(pid, 0)
        return json.loads(text) if text else 'died'

    result.pid = pid
    return result
def packed_address(text):
    return socket.inet_pton(socket.AF_INET6, text if ':' in text else '::ffff:' + text)


def until(condition, within=10):
    """Whether it comes true in so many seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def attempt(action, *arguments, **named):
    """'ok', or the name of the errno; for the family with the kernel's words."""
    try:
        action(*arguments, **named)
        return 'ok'
    except Refused as refused:
        return [refused.code, refused.text]
    except OSError as error:
        return errno.errorcode[error.errno]


def tell(**facts):
    print(json.dumps(facts), flush=True)


def listen(address='127.0.0.1', port=0, backlog=64):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind((address, port))
    server.listen(backlog)
    return server


def echo(server):
    """Serves it in the background, each connection in a thread, until it is closed."""

    def serve(connection):
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                pass

    def run():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    return server


def client(address, blocking=True):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setblocking(blocking)
    return made


def connect(address, port, blocking=True):
    """'ok', or the name of the errno that connect or, for a non-blocking socket, SO_ERROR tells."""
    with client(address, blocking) as made:
        code = made.connect_ex((address, port))
        if code == errno.EINPROGRESS:
            poll = select.poll()
            poll.register(made, select.POLLOUT)
            if not poll.poll(5000):
                return 'timeout'
            code = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return errno.errorcode[code] if code else 'ok'


class Trace:
    """The module's tracepoints, from now on."""

    ROOT = '/sys/kernel/tracing'

    def __init__(self):
        if not os.path.exists(self.ROOT + '/trace'):
            subprocess.run(['mount', '-t', 'tracefs', 'tracefs', self.ROOT], check=True)
        # Names of tasks are not needed, and to record them patches the scheduler, where an emulated processor was seen to
        # run into a breakpoint that was gone already.
        self.write('options/record-cmd', '0')
        self.write('trace', '')
        self.write('events/riptides/enable', '1')

    def write(self, name, text):
        with open(f'{self.ROOT}/{name}', 'w') as file:
            file.write(text)

    def stop(self, event='verdict'):
        """The lines' words after the name of the event."""
        self.write('events/riptides/enable', '0')
        mark = f'riptides_{event}: '
        with open(self.ROOT + '/trace') as file:
            return [line.split(mark)[1].strip() for line in file if mark in line]
