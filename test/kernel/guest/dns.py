# SPDX-License-Identifier: Apache-2.0
"""Questions and answers of DNS, honest and forged, for the tests inside the guest. Needs nothing but the standard library."""

import random
import socket
import struct
import subprocess
import threading
import time

A, CNAME, AAAA = 1, 5, 28


def labels(name):
    return b''.join(bytes([len(label)]) + label.encode() for label in name.split('.')) + b'\0'


def question(name, kind=A, number=7):
    return struct.pack('!6H', number, 0x0100, 1, 0, 0, 0) + labels(name) + struct.pack('!2H', kind, 1)


def record(name, kind, data, ttl):
    owner = name if isinstance(name, bytes) else labels(name)
    return owner + struct.pack('!2HIH', kind, 1, ttl, len(data)) + data


def address_record(name, address, ttl):
    if ':' in address:
        return record(name, AAAA, socket.inet_pton(socket.AF_INET6, address), ttl)
    return record(name, A, socket.inet_aton(address), ttl)


def answer(query, *records, flags=0x8180, number=None, asked=None):
    """To a query, with the question that it has, unless another is given."""
    head = struct.pack('!6H', struct.unpack('!H', query[:2])[0] if number is None else number, flags, 1, len(records), 0, 0)
    return head + (query[12:] if asked is None else asked[12:]) + b''.join(records)


OWN = b'\xc0\x0c'  # the name of the question, as a pointer


class Resolver:
    """Answers each query with what a function makes of it; None is no answer. Keeps what it was asked, with whom."""

    def __init__(self, address, respond):
        self.respond = respond
        self.socket = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                query, client = self.socket.recvfrom(4096)
            except OSError:
                return
            response = self.respond(query)
            if response is not None:
                self.socket.sendto(response, client)

    def close(self):
        self.socket.close()


def ask(resolver, name, kind=A, number=None, timeout=2, local=None):
    """Sends a query and waits for an answer, as a program does; None when there is none."""
    with socket.socket(socket.AF_INET6 if ':' in resolver else socket.AF_INET, socket.SOCK_DGRAM) as asking:
        if local:
            asking.bind((local, 0))
        asking.settimeout(timeout)
        asking.sendto(question(name, kind, random.randrange(65536) if number is None else number), (resolver, 53))
        try:
            return asking.recv(65535)
        except socket.timeout:
            return None


def udp(source, port, destination, to, payload):
    """A packet of IPv4 as whoever may write raw packets makes it."""
    head = struct.pack('!4H', port, to, 8 + len(payload), 0)
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 0, 1, 0, 64, 17, 0, socket.inet_aton(source), socket.inet_aton(destination))
    return ip + head + payload


def send_raw(packet, destination):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(packet, (destination, 0))


class Dnsmasq:
    """A real resolver on loopback, with the addresses of a file of hosts that can change."""

    def __init__(self, hosts, ttl=1, options=()):
        self.write(hosts)
        self.process = subprocess.Popen(
            ['dnsmasq', '--keep-in-foreground', '--no-resolv', '--no-hosts', '--addn-hosts=/tmp/hosts', '--user=root', '--pid-file=',
             '--conf-file=/dev/null', '--listen-address=127.0.0.1,::1', '--bind-interfaces', f'--local-ttl={ttl}', *options])
        with open('/etc/resolv.conf', 'w') as file:
            file.write('nameserver 127.0.0.1\n')
        deadline = time.monotonic() + 20
        while ask('127.0.0.1', 'localhost.invalid', timeout=0.5) is None:
            assert time.monotonic() < deadline, 'dnsmasq does not answer'

    def write(self, hosts):
        with open('/tmp/hosts', 'w') as file:
            file.write(''.join(f'{address} {name}\n' for name, address in hosts))

    def change(self, hosts):
        self.write(hosts)
        self.process.send_signal(1)
        time.sleep(0.3)

    def close(self):
        self.process.terminate()
        self.process.wait()
