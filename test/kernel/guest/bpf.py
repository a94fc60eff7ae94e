# SPDX-License-Identifier: Apache-2.0
"""A program of BPF that rewrites where programs of a cgroup connect to, by the system call alone."""

import contextlib
import ctypes
import os
import socket
import struct

SYS_BPF, PROG_LOAD, PROG_ATTACH, PROG_DETACH = 321, 5, 8, 9
CGROUP_SOCK_ADDR, INET4_CONNECT = 18, 10
USER_PORT = 24  # in struct bpf_sock_addr

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, 128)
    result = libc.syscall(SYS_BPF, command, buffer, len(buffer))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


@contextlib.contextmanager
def rewrite_connect4(cgroup, port):
    """Every connect of the group over IPv4 goes to this port."""
    instruction = lambda code, registers, offset, value: struct.pack('=BBhi', code, registers, offset, value)
    program = b''.join((
        instruction(0xB7, 2, 0, socket.htons(port)),  # r2 = port
        instruction(0x63, 0x21, USER_PORT, 0),  # *(u32 *)(r1 + USER_PORT) = r2
        instruction(0xB7, 0, 0, 1),  # r0 = 1
        instruction(0x95, 0, 0, 0),  # exit
    ))
    text, licence = ctypes.create_string_buffer(program), ctypes.create_string_buffer(b'GPL')
    loaded = bpf(PROG_LOAD, struct.pack(
        '=IIQQIIQII16sII', CGROUP_SOCK_ADDR, len(program) // 8, ctypes.addressof(text), ctypes.addressof(licence),
        0, 0, 0, 0, 0, b'connect4', 0, INET4_CONNECT))
    group = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY)
    bpf(PROG_ATTACH, struct.pack('=IIII', group, loaded, INET4_CONNECT, 0))
    try:
        yield
    finally:
        bpf(PROG_DETACH, struct.pack('=IIII', group, loaded, INET4_CONNECT, 0))
        os.close(loaded)
        os.close(group)
