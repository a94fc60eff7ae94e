# SPDX-License-Identifier: Apache-2.0
"""
A file system over /dev/fuse that holds one program and whose look-ups can be made to fail or to wait, as those of a network file
system do:

    program_fs.py FOLDER PROGRAM CONTROL

mounts it at FOLDER, with the program as FOLDER/program, and says "ready". What CONTROL holds decides each look-up: `ok`, `wait` until
it holds something else, or the name of an errno. Nothing that it answers is cached.
"""

import ctypes
import errno
import os
import struct
import sys
import time

LOOKUP, FORGET, GETATTR, OPEN, READ, RELEASE, FLUSH, INIT, ACCESS, INTERRUPT, BATCH_FORGET = 1, 2, 3, 14, 15, 18, 25, 26, 34, 36, 42
ROOT, PROGRAM = 1, 2

folder, program, control = sys.argv[1:]
with open(program, 'rb') as file:
    content = file.read()


def attributes(node):
    size = len(content) if node == PROGRAM else 0
    mode = 0o100755 if node == PROGRAM else 0o40755
    return struct.pack('=6Q10I', node, size, (size + 511) // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def mode():
    with open(control) as file:
        return file.read().strip()


def look_up(name):
    while mode() == 'wait':
        time.sleep(0.05)
    now = mode()
    if now != 'ok':
        return -getattr(errno, now)
    if name != b'program':
        return -errno.ENOENT
    return struct.pack('=4Q2I', PROGRAM, 1, 0, 0, 0, 0) + attributes(PROGRAM)


def answer(opcode, node, body):
    """The bytes of an answer, or a negative errno."""
    if opcode == INIT:
        return struct.pack('=4I2H2I2HI28x', 7, 31, 65536, 0, 16, 12, 65536, 1, 16, 0, 0)
    if opcode == LOOKUP:
        return look_up(body.rstrip(b'\0'))
    if opcode == GETATTR:
        return struct.pack('=Q2I', 0, 0, 0) + attributes(node)
    if opcode == OPEN:
        return struct.pack('=Q2I', 0, 0, 0)
    if opcode == READ:
        _, offset, size = struct.unpack_from('=2QI', body)
        return content[offset : offset + size]
    if opcode in (RELEASE, FLUSH, ACCESS):
        return b''
    return -errno.ENOSYS


device = os.open('/dev/fuse', os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
options = f'fd={device},rootmode=40000,user_id=0,group_id=0,allow_other'.encode()
if libc.mount(b'fuse', folder.encode(), b'fuse', 0, options):
    raise OSError(ctypes.get_errno(), 'mount')
print('ready', flush=True)
while True:
    try:
        request = os.read(device, 1 << 18)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):
            continue
        sys.exit(0)
    _, opcode, unique, node = struct.unpack_from('=2I2Q', request)
    if opcode in (FORGET, BATCH_FORGET, INTERRUPT):
        continue
    said = answer(opcode, node, request[40:])
    code, data = (said, b'') if isinstance(said, int) else (0, said)
    try:
        os.write(device, struct.pack('=IiQ', 16 + len(data), code, unique) + data)
    except OSError:
        pass
