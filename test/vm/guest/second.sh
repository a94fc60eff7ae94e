# shellcheck shell=sh disable=SC1091
# SPDX-License-Identifier: Apache-2.0
#
# The guest's PID 1, second half: starts the agent, collects orphans, and says so when the agent ends.

. /run/riptides-vm/params
cd /
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb
# shellcheck disable=SC2154 # node and agent come from params
UV_THREADPOOL_SIZE=8 "$node" --no-warnings "$agent" >/dev/kmsg 2>&1 </dev/null &
# Waiting for the agent also collects every orphan that ends meanwhile.
wait $!
echo "<3>riptides-vm: the agent ended with status $?" >/dev/kmsg
/run/riptides-vm/busybox reboot -f
