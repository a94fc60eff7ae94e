# SPDX-License-Identifier: Apache-2.0
"""What passes over a device to or from a port of TCP, or UDP, filtered by the kernel so that nothing else fills the buffer."""

import ctypes
import socket
import struct

SO_ATTACH_FILTER, ETH_P_ALL = 26, 3
LDH_ABS, LDB_ABS, LDXB_MSH, LDH_IND, JEQ, RET = 0x28, 0x30, 0xB1, 0x48, 0x15, 0x06


def filter_of(port, protocol):
    """Ethernet; the protocol over IPv4 or IPv6 without extension headers; source or destination port."""
    program = [
        (LDH_ABS, 0, 0, 12),
        (JEQ, 0, 7, 0x0800),
        (LDB_ABS, 0, 0, 23),
        (JEQ, 0, 13, protocol),
        (LDXB_MSH, 0, 0, 14),
        (LDH_IND, 0, 0, 14),
        (JEQ, 9, 0, port),
        (LDH_IND, 0, 0, 16),
        (JEQ, 7, 8, port),
        (JEQ, 0, 7, 0x86DD),
        (LDB_ABS, 0, 0, 20),
        (JEQ, 0, 5, protocol),
        (LDH_ABS, 0, 0, 54),
        (JEQ, 2, 0, port),
        (LDH_ABS, 0, 0, 56),
        (JEQ, 0, 1, port),
        (RET, 0, 0, 0x40000),
        (RET, 0, 0, 0),
    ]
    return b''.join(struct.pack('=HBBI', *each) for each in program)


class Sniffer:
    """From now on, on one device."""

    def __init__(self, port, device='lo', protocol=socket.IPPROTO_TCP):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        program = filter_of(port, protocol)
        buffer = ctypes.create_string_buffer(program)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack('HxxxxxxP', len(program) // 8, ctypes.addressof(buffer)))
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        self.socket.bind((device, ETH_P_ALL))
        self.socket.setblocking(False)

    def packets(self):
        """Those that were not taken yet."""
        seen = []
        try:
            while True:
                seen.append(self.socket.recv(65536))
        except BlockingIOError:
            return seen
