# SPDX-License-Identifier: Apache-2.0
"""A tracepoint of the module that perf holds open, by the system call alone."""

import ctypes
import os
import struct

SYS_PERF_EVENT_OPEN, TYPE_TRACEPOINT = 298, 2


def attach():
    """A file descriptor; the tracepoint is held until it is closed."""
    with open('/sys/kernel/tracing/events/riptides/riptides_verdict/id') as file:
        event = int(file.read())
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = ctypes.create_string_buffer(struct.pack('=IIQ', TYPE_TRACEPOINT, 64, event), 64)
    held = libc.syscall(SYS_PERF_EVENT_OPEN, attributes, -1, 0, -1, 0)
    if held < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return held
