# SPDX-License-Identifier: Apache-2.0
"""listen.py PORT...: answers every connection to these ports, IPv4 and IPv6, with an empty HTTP response."""
import selectors
import socket
import sys

ready = selectors.DefaultSelector()
for port in map(int, sys.argv[1:]):
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=256)
    ready.register(listener, selectors.EVENT_READ)
print("listening", flush=True)
while True:
    for key, _ in ready.select():
        if key.data is None:
            connection, _ = key.fileobj.accept()
            ready.register(connection, selectors.EVENT_READ, True)
            continue
        try:
            if key.fileobj.recv(4096):
                key.fileobj.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except OSError:
            pass
        ready.unregister(key.fileobj)
        key.fileobj.close()
