# SPDX-License-Identifier: Apache-2.0
"""An accept that has looked at its listener, and goes no further until it is let go: see linger/linger.c."""

import ctypes
import subprocess
import threading
import time

PR_SET_NAME = 15


class LingeringAccept:
    """`helper` is the path of linger.ko, of which there can be one at a time: until `end`."""

    def __init__(self, helper, server):
        self.accepted = None
        subprocess.run(['insmod', helper], check=True)
        self.thread = threading.Thread(target=self.accept, args=(server,), daemon=True)
        self.thread.start()
        while self.read('held') != 'Y':
            time.sleep(0.01)

    def accept(self, server):
        ctypes.CDLL(None).prctl(PR_SET_NAME, b'linger')
        self.accepted, _ = server.accept()

    def read(self, parameter):
        with open(f'/sys/module/linger/parameters/{parameter}') as file:
            return file.read().strip()

    def let_go(self):
        with open('/sys/module/linger/parameters/go', 'w') as file:
            file.write('Y')

    def end(self):
        """Waits until it has accepted, and gives the socket."""
        self.thread.join(10)
        subprocess.run(['rmmod', 'linger'], check=True)
        return self.accepted
