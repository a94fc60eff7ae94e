# SPDX-License-Identifier: Apache-2.0
"""Datagrams: who receives them, and each way to send one."""

import ctypes
import socket
import struct

from rt import *

UDPLITE = 136
libc = ctypes.CDLL(None, use_errno=True)


class Receiver:
    """A UDP socket that takes what comes to a port of this host, by both families."""

    def __init__(self, port, protocol=0):
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, protocol)
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.socket.bind(('::', port))
        self.socket.setblocking(False)

    def take(self):
        """All that has come."""
        got = []
        try:
            while True:
                got.append(self.socket.recv(65536))
        except BlockingIOError:
            return got


def datagrams(address='127.0.0.1', protocol=0):
    return socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_DGRAM, protocol)


def sendto(address, port, data=b'x', protocol=0):
    with datagrams(address, protocol) as made:
        return attempt(made.sendto, data, (address, port))


def connected(address, port, data=b'x', protocol=0):
    with datagrams(address, protocol) as made:
        told = attempt(made.connect, (address, port))
        return told if told != 'ok' else attempt(made.send, data)


def sendmsg(address, port, data=b'x', protocol=0):
    with datagrams(address, protocol) as made:
        return attempt(made.sendmsg, [data], [], 0, (address, port))


class Name(ctypes.Structure):
    _fields_ = [('iov', ctypes.c_void_p), ('length', ctypes.c_size_t)]


class Header(ctypes.Structure):
    _fields_ = [
        ('name', ctypes.c_void_p),
        ('name_length', ctypes.c_uint32),
        ('parts', ctypes.c_void_p),
        ('part_count', ctypes.c_size_t),
        ('control', ctypes.c_void_p),
        ('control_length', ctypes.c_size_t),
        ('flags', ctypes.c_int),
        ('sent', ctypes.c_uint),
        ('padding', ctypes.c_uint),
    ]


def packed(address, port):
    if ':' in address:
        return struct.pack('=H', socket.AF_INET6) + struct.pack('!HI', port, 0) + socket.inet_pton(socket.AF_INET6, address) + bytes(4)
    return struct.pack('=H', socket.AF_INET) + struct.pack('!H', port) + socket.inet_pton(socket.AF_INET, address) + bytes(8)


def sendmmsg(address, ports, data=b'x'):
    """Several datagrams in one call: how many were sent, or the name of the errno."""
    buffer = ctypes.create_string_buffer(data, len(data))
    part = Name(ctypes.addressof(buffer), len(data))
    names = [ctypes.create_string_buffer(packed(address, port)) for port in ports]
    headers = (Header * len(ports))()
    for header, name in zip(headers, names):
        header.name, header.name_length = ctypes.addressof(name), len(name) - 1
        header.parts, header.part_count = ctypes.addressof(part), 1
    with datagrams(address) as made:
        count = libc.sendmmsg(made.fileno(), headers, len(ports), 0)
        return count if count >= 0 else errno.errorcode[ctypes.get_errno()]
