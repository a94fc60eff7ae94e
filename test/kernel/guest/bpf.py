# SPDX-License-Identifier: Apache-2.0
"""Programs of BPF that are attached to a cgroup, and maps of sockets, by the system call alone."""

import contextlib
import ctypes
import os
import socket
import struct

SYS_BPF = 321
MAP_CREATE, MAP_UPDATE_ELEM, PROG_LOAD, PROG_ATTACH, PROG_DETACH = 0, 2, 5, 8, 9
SOCKMAP = 15
CGROUP_SOCK, CGROUP_SOCK_ADDR = 9, 18
INET_SOCK_CREATE, INET4_CONNECT = 2, 10
USER_PORT = 24  # in struct bpf_sock_addr

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, 128)
    result = libc.syscall(SYS_BPF, command, buffer, len(buffer))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def instruction(code, registers=0, offset=0, value=0):
    return struct.pack('=BBhi', code, registers, offset, value)


def put_into_map(made):
    """Puts a connected socket into a sockmap of its own: it gets another `sk_prot`. Gives the descriptor of the map."""
    created = bpf(MAP_CREATE, struct.pack('=5I', SOCKMAP, 4, 4, 1, 0))
    key, value = ctypes.create_string_buffer(4), ctypes.create_string_buffer(struct.pack('=I', made.fileno()))
    bpf(MAP_UPDATE_ELEM, struct.pack('=I4xQQQ', created, ctypes.addressof(key), ctypes.addressof(value), 0))
    return created


@contextlib.contextmanager
def attached(cgroup, kind, where, instructions):
    program = b''.join(instructions)
    text, licence = ctypes.create_string_buffer(program), ctypes.create_string_buffer(b'GPL')
    loaded = bpf(PROG_LOAD, struct.pack(
        '=IIQQIIQII16sII', kind, len(program) // 8, ctypes.addressof(text), ctypes.addressof(licence),
        0, 0, 0, 0, 0, b'of_a_test', 0, where))
    group = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY)
    bpf(PROG_ATTACH, struct.pack('=IIII', group, loaded, where, 0))
    try:
        yield
    finally:
        bpf(PROG_DETACH, struct.pack('=IIII', group, loaded, where, 0))
        os.close(loaded)
        os.close(group)


def rewrite_connect4(cgroup, port):
    """Every connect of the group over IPv4 goes to this port."""
    return attached(cgroup, CGROUP_SOCK_ADDR, INET4_CONNECT, (
        instruction(0xB7, 2, 0, socket.htons(port)),  # r2 = port
        instruction(0x63, 0x21, USER_PORT, 0),  # *(u32 *)(r1 + USER_PORT) = r2
        instruction(0xB7, 0, 0, 1),  # r0 = 1
        instruction(0x95),  # exit
    ))


def refuse_sockets(cgroup, turns):
    """No process of the group gets a socket of IP: each is refused, after a loop of so many turns."""
    return attached(cgroup, CGROUP_SOCK, INET_SOCK_CREATE, (
        instruction(0xB7, 1, 0, turns),  # r1 = turns
        instruction(0x17, 1, 0, 1),  # r1 -= 1
        instruction(0x55, 1, -2, 0),  # if r1 != 0: the line before again
        instruction(0xB7, 0, 0, 0),  # r0 = 0
        instruction(0x95),  # exit
    ))
