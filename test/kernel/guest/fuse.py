# SPDX-License-Identifier: Apache-2.0
"""
A file system of one file that this process serves itself, and whose reads wait until they are let go. A system call that is given memory
mapped from that file sleeps for as long as the program likes, with whatever locks it holds.
"""

import ctypes
import mmap
import os
import struct
import subprocess
import threading

libc = ctypes.CDLL(None, use_errno=True)

LOOKUP, FORGET, GETATTR, OPEN, READ, RELEASE, INIT, OPENDIR = 1, 2, 3, 14, 15, 18, 26, 27
ENOSYS = 38


class SlowFile:
    """`address` is that of a mapped page; it is read when it is first touched, which lasts until `let_go`."""

    def __init__(self, content=b''):
        subprocess.run(['modprobe', '-q', 'fuse'])
        self.content = content.ljust(mmap.PAGESIZE, b'\0')
        self.touched, self.may_go = threading.Event(), threading.Event()
        self.folder = f'/run/slow-{os.getpid()}-{id(self)}'
        os.makedirs(self.folder)
        self.device = os.open('/dev/fuse', os.O_RDWR)
        options = f'fd={self.device},rootmode=40000,user_id=0,group_id=0,allow_other'
        assert not libc.mount(b'slow', self.folder.encode(), b'fuse', 0, options.encode()), ctypes.get_errno()
        threading.Thread(target=self.serve, daemon=True).start()
        file = os.open(self.folder + '/page', os.O_RDONLY)
        libc.mmap.restype = ctypes.c_void_p
        self.address = libc.mmap(None, ctypes.c_size_t(mmap.PAGESIZE), 1, 2, file, ctypes.c_long(0))
        # Now, so that the kernel learns that a close is not told: at the end of the process nobody would answer.
        os.close(file)

    def let_go(self):
        self.may_go.set()

    def serve(self):
        while True:
            try:
                request = os.read(self.device, 1 << 18)
            except OSError:
                return
            _, opcode, unique, node = struct.unpack_from('=IIQQ', request)
            if opcode == FORGET:
                continue
            if opcode == READ:
                self.touched.set()
                threading.Thread(target=self.read, args=(unique,), daemon=True).start()
                continue
            self.answer(unique, *self.handle(opcode, node))

    def read(self, unique):
        self.may_go.wait()
        self.answer(unique, 0, self.content)

    def answer(self, unique, error, data=b''):
        try:
            os.write(self.device, struct.pack('=IiQ', 16 + len(data), -error, unique) + data)
        except OSError:
            pass

    def attributes(self, node):
        mode, size = (0o40755, 0) if node == 1 else (0o100644, len(self.content))
        return struct.pack('=6Q10I', node, size, 1, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def handle(self, opcode, node):
        if opcode == INIT:
            return 0, struct.pack('=4I2H2I2HI28x', 7, 31, 0, 0, 16, 12, 65536, 1, 32, 0, 0)
        if opcode == LOOKUP:
            return 0, struct.pack('=4Q2I', 2, 1, 3600, 3600, 0, 0) + self.attributes(2)
        if opcode == GETATTR:
            return 0, struct.pack('=Q2I', 3600, 0, 0) + self.attributes(node)
        if opcode in (OPEN, OPENDIR):
            return 0, struct.pack('=Q2I', 1, 0, 0)
        if opcode == RELEASE:
            return 0, b''
        return ENOSYS, b''


def hold_lock(made, slow):
    """Holds the lock of a socket, in a thread of its own, until the file is let go."""

    class Program(ctypes.Structure):
        _fields_ = [('length', ctypes.c_ushort), ('filter', ctypes.c_void_p)]

    program = Program(1, slow.address)

    def hold():
        libc.setsockopt(made.fileno(), 1, 51, ctypes.byref(program), ctypes.sizeof(program))  # SO_ATTACH_REUSEPORT_CBPF

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    assert slow.touched.wait(10)
    return thread
