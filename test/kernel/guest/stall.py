# SPDX-License-Identifier: Apache-2.0
"""A page that whoever touches it waits for, in the kernel too, until it is filled: userfaultfd, by the system call alone."""

import ctypes
import fcntl
import mmap
import os
import struct

SYS_USERFAULTFD = 323
UFFDIO_API, UFFDIO_REGISTER, UFFDIO_ZEROPAGE = 0xC018AA3F, 0xC020AA00, 0xC020AA04
MODE_MISSING = 1

libc = ctypes.CDLL(None, use_errno=True)


class Stall:
    def __init__(self):
        self.fd = libc.syscall(SYS_USERFAULTFD, os.O_CLOEXEC)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), 'userfaultfd')
        fcntl.ioctl(self.fd, UFFDIO_API, struct.pack('=QQQ', 0xAA, 0, 0))
        self.page = mmap.mmap(-1, mmap.PAGESIZE)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.page))
        fcntl.ioctl(self.fd, UFFDIO_REGISTER, struct.pack('=QQQQ', self.address, mmap.PAGESIZE, MODE_MISSING, 0))

    def send(self, made, length):
        """Waits in the send until the page is filled; how much was sent, or a negative errno."""
        sent = libc.send(made.fileno(), ctypes.c_void_p(self.address), length, 0)
        return sent if sent >= 0 else -ctypes.get_errno()

    def fill(self):
        fcntl.ioctl(self.fd, UFFDIO_ZEROPAGE, struct.pack('=QQQq', self.address, mmap.PAGESIZE, 0, 0))
