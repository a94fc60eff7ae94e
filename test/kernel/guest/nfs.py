# SPDX-License-Identifier: Apache-2.0
"""
The kernel's NFS server and its client, without the programs of nfs-utils: what mountd would answer is written to the caches beforehand.
"""

import contextlib
import os
import subprocess

from rt import listen

NFSD = '/proc/fs/nfsd'
EXPORT, MOUNT = '/run/nfs-export', '/run/nfs-mount'
FOR_EVER = 2147483647
# Ports of any number, no check for subtrees, and a number by which it is the root of NFSv4.
FLAGS = 0x2 | 0x400 | 0x2000


def write(path, line):
    # At once: these files take one write.
    with open(path, 'w') as file:
        file.write(line + '\n')


class Server:
    """Serves a file on a listener of this process, by NFSv4 alone, which needs no portmapper."""

    def __init__(self, port):
        self.port = port
        for module in ('nfsd', 'nfsv4'):
            subprocess.run(['modprobe', module], check=True)
        for folder in (EXPORT, MOUNT):
            os.makedirs(folder, exist_ok=True)
        if not os.path.exists(NFSD + '/threads'):
            subprocess.run(['mount', '-t', 'nfsd', 'nfsd', NFSD], check=True)
        subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', EXPORT], check=True)
        write(EXPORT + '/hello', 'hello')
        write(NFSD + '/versions', '-3 +4')
        self.listener = listen('127.0.0.1', port)
        write(NFSD + '/portlist', str(self.listener.fileno()))
        write(NFSD + '/threads', '2')
        for cache, line in (
            ('auth.unix.ip', f'nfsd 127.0.0.1 {FOR_EVER} here'),
            ('nfsd.export', f'here {EXPORT} {FOR_EVER} {FLAGS} 65534 65534 0'),
            ('nfsd.fh', f'here 1 \\x00000000 {FOR_EVER} {EXPORT}'),
        ):
            write(f'/proc/net/rpc/{cache}/channel', line)

    @contextlib.contextmanager
    def mounted(self):
        options = f'addr=127.0.0.1,clientaddr=127.0.0.1,vers=4.2,port={self.port},proto=tcp,sec=sys,noac,nosharecache'
        # Not the program's name of the type: mount would look for a helper.
        subprocess.run(['mount', '-i', '-t', 'nfs4', '-o', options, '127.0.0.1:/', MOUNT], check=True)
        try:
            yield
        finally:
            subprocess.run(['umount', MOUNT], check=True)

    def size(self):
        """Of the file. The server is asked each time; to open it would have to wait for the end of the grace period."""
        return os.stat(f'{MOUNT}/hello').st_size

    def stop(self):
        write(NFSD + '/threads', '0')
        self.listener.close()
        subprocess.run(['umount', EXPORT], check=False)
