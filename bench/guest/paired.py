# SPDX-License-Identifier: Apache-2.0
"""
    paired.py BUNDLE|nft TOOLS ROUNDS COMMAND...

Runs COMMAND, which prints a number, ROUNDS times with something and as often without it, by turns, and prints pairs of numbers as
JSON, the one without first. With a bundle: the module with it in force, armed and drained. With nft: a chain that uses the set that is
there, and no chain. TOOLS is the folder of rt.py.
"""

import json
import os
import subprocess
import sys

what, tools, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.path.insert(0, tools)
sys.dont_write_bytecode = True
from rt import Family

RULE = 'tcp flags syn / syn,ack ip daddr . tcp dport @allowed accept; add rule inet bench out tcp flags syn / syn,ack reject'


def nft(*commands):
    subprocess.run(['nft', '; '.join(commands)], check=True)


def switch(on):
    if what == 'nft':
        if on:
            nft('add chain inet bench out { type filter hook output priority 0; policy accept; }', f'add rule inet bench out {RULE}')
        else:
            nft('delete chain inet bench out')
        return
    left = family.arm() if on else family.drain()
    assert on or not left['sockets'] and not left['calls'], left


def run():
    return float(subprocess.run(sys.argv[4:], check=True, stdout=subprocess.PIPE, text=True).stdout)


if what == 'nft':
    switch(True)
else:
    # A bundle may ask for them.
    os.setgroups([0, 1, 2])
    family = Family()
    with open(what, 'rb') as file:
        family.put(file.read())
pairs = []
# The first round warms up.
for _ in range(rounds + 1):
    switch(False)
    without = run()
    switch(True)
    pairs.append((without, run()))
print(json.dumps(pairs[1:]))
