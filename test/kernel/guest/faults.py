# SPDX-License-Identifier: Apache-2.0
"""
Makes the kernel fail the n-th allocation or copy that a thread causes, for each n, and looks at what is left. Needs a kernel with fault
injection. What was injected, and where, is in the kernel's log.
"""

import ctypes
import errno
import hashlib
import mmap
import os
import socket
import struct
import subprocess

from rt import Family, Refused, client, listen

SYS_FINIT_MODULE = 313
DEBUGFS = '/sys/kernel/debug'

libc = ctypes.CDLL(None, use_errno=True)


def prepare():
    """Lets allocations that may sleep fail as well, and single pages."""
    for name, value in (('failslab/ignore-gfp-wait', 'N'), ('fail_page_alloc/ignore-gfp-wait', 'N'),
                        ('fail_page_alloc/ignore-gfp-highmem', 'N'), ('fail_page_alloc/min-order', '0')):
        with open(f'{DEBUGFS}/{name}', 'w') as file:
            file.write(value)


class Injector:
    """Of the thread that makes it."""

    def __init__(self):
        self.file = os.open('/proc/thread-self/fail-nth', os.O_RDWR)

    def run(self, nth, action):
        """What the action returned, and whether something failed meanwhile."""
        os.pwrite(self.file, b'%d' % nth, 0)
        try:
            result = action()
        finally:
            left = int(self.unless_it_fails(lambda: os.pread(self.file, 16, 0)) or 0)
            self.unless_it_fails(lambda: os.pwrite(self.file, b'0', 0))
        return result, left == 0

    @staticmethod
    def unless_it_fails(call):
        """The failure may meet a call of ours to that very file, and is spent then: a sweep goes on."""
        try:
            return call()
        except OSError as error:
            if error.errno not in (errno.EFAULT, errno.ENOMEM):
                raise
            return None


def sweep(attempt, step=1, first=1):
    """Calls attempt(n), which tells whether something failed, until nothing does any more. How often something did."""
    count, nth = 0, first
    while attempt(nth):
        count += 1
        nth += step
    return count


def in_new_process(call, nth):
    """What a call gives in a process that has made none yet, and whether something failed in it."""
    told = mmap.mmap(-1, 16)
    pid = os.fork()
    if not pid:
        told[:16] = struct.pack('=qq', *Injector().run(nth, call))
        os._exit(0)
    os.waitpid(pid, 0)
    return struct.unpack('=qq', told[:16])


def connects(port, denied, step=1):
    """First connects of new processes; none may succeed where it is denied, and all do again without faults."""
    wrong = []
    address = struct.pack('=H', socket.AF_INET) + struct.pack('!H', port) + bytes([127, 0, 0, 1]) + bytes(8)

    def connect():
        made = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
        if made < 0 or libc.connect(made, address, 16):
            return ctypes.get_errno()
        return 0

    def attempt(nth):
        result, failed = in_new_process(connect, nth)
        if denied and not result or not failed and result != (errno.EACCES if denied else 0):
            wrong.append((nth, errno.errorcode.get(result, result)))
        return failed

    return {'injected': sweep(attempt, step), 'wrong': wrong}


def first_accepts(source, denied, step=1):
    """First accepts of new processes, of a connection from an address; none may succeed where it is denied."""
    server, wrong = listen('127.0.0.1', 8100), []
    server.setblocking(False)

    def accept():
        return 0 if libc.accept(server.fileno(), None, None) >= 0 else ctypes.get_errno()

    def attempt(nth):
        with socket.socket() as made:
            made.bind((source, 0))
            made.connect(('127.0.0.1', 8100))
            result, failed = in_new_process(accept, nth)
        if denied and not result or not failed and result != (errno.EAGAIN if denied else 0):
            wrong.append((nth, errno.errorcode.get(result, result)))
        try:
            while True:
                server.accept()[0].close()
        except BlockingIOError:
            return failed

    told = {'injected': sweep(attempt, step), 'wrong': wrong}
    server.close()
    return told


def accepts(port, step=1):
    """Accepts of one connection each; the next is accepted without faults."""
    server, wrong = listen('127.0.0.1', port), []
    injector = Injector()

    def accept():
        made = libc.accept(server.fileno(), None, None)
        return made if made >= 0 else -ctypes.get_errno()

    def attempt(nth):
        server.settimeout(None)
        first = client('127.0.0.1')
        first.connect(('127.0.0.1', port))
        made, failed = injector.run(nth, accept)
        if made >= 0:
            os.close(made)
        elif not failed:
            wrong.append((nth, errno.errorcode.get(-made, made)))
        first.close()
        server.settimeout(0.1)
        try:
            while True:
                server.accept()[0].close()
        except TimeoutError:
            pass
        return failed

    told = {'injected': sweep(attempt, step), 'wrong': wrong}
    server.close()
    return told


def transactions(bundles, step=1):
    """Whole transactions, with a confirmation; what is in force afterwards is one of the two bundles, whole."""
    injector, wrong = Injector(), []
    digests = [hashlib.sha256(bundle).hexdigest() for bundle in bundles]
    family = Family()
    family.put(bundles[0])
    family.close()

    def attempt(nth):
        bundle = bundles[nth // step % len(bundles)]
        family = Family()
        family.socket.settimeout(20)
        expected = family.info()['generation']

        def transact():
            try:
                family.send_bundle(bundle, expected)
                family.confirm(family.commit(within=60000))
                return ''
            except (Refused, OSError, MemoryError, AssertionError, KeyError, IndexError, struct.error) as error:
                return repr(error)

        said, failed = injector.run(nth, transact)
        family.close()
        family = Family()
        info = family.info()
        if 'confirmRemaining' in info:
            family.confirm(info['generation'])
        dumped = hashlib.sha256(family.dump()[0]).hexdigest()
        if info.get('digest') not in digests or dumped != info['digest'] or not failed and said:
            wrong.append((nth, said, info.get('digest'), dumped))
        family.close()
        return failed

    told = {'injected': sweep(attempt, step), 'wrong': wrong}
    family = Family()
    family.put(bundles[0])
    family.close()
    return told


def loads(module, step=1):
    """Loads; one that fails leaves nothing, one that succeeds can be taken back."""
    injector, wrong = Injector(), []
    file = os.open(module, os.O_RDONLY)

    def load():
        return ctypes.get_errno() if libc.syscall(SYS_FINIT_MODULE, file, b'', 0) else 0

    def attempt(nth):
        result, failed = injector.run(nth, load)
        loaded = os.path.exists('/sys/module/riptides')
        if loaded == bool(result) or result and not failed:
            wrong.append((nth, errno.errorcode.get(result, result), loaded))
        socket.socket().close()
        if loaded:
            family = Family()
            family.drain()
            family.close()
            subprocess.run(['rmmod', 'riptides'], check=True)
        return failed

    return {'injected': sweep(attempt, step), 'wrong': wrong}
