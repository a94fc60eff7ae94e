#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
#
# The guest's PID 1, first half: runs from the initramfs, makes the host's root file system the guest's own (read-only over 9p,
# writable through an overlay in memory) and becomes the second half there. `params` beside it sets what differs per kernel.
# Messages go to the kernel log, which is what the host reads when something is wrong.

# shellcheck shell=dash disable=SC1091,SC2154 # params is written by initramfs.ts
bb=/bin/busybox
say() { $bb echo "<5>riptides-vm: $*" >/dev/kmsg; }
fail() {
  $bb echo "<3>riptides-vm: boot failed: $*" >/dev/kmsg
  $bb reboot -f
}

$bb mount -t proc proc /proc
$bb mount -t sysfs sys /sys
$bb mount -t devtmpfs dev /dev

. /params

for module in $(/bin/busybox cat /modules/order); do
  $bb insmod "/modules/$module" || fail "cannot load $module"
done

case " $($bb cat /proc/cmdline) " in *' riptides.probe '*)
  say 'probe succeeded'
  $bb reboot -f
  ;;
esac

$bb mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=1048576,cache=loose host /host || fail 'cannot mount the host'
$bb mount -t tmpfs -o mode=755 tmpfs /over
$bb mkdir /over/upper /over/work
# The upper folder becomes the root folder, so it needs the root folder's mode.
$bb chmod 755 /over/upper
$bb mount -t overlay -o lowerdir=/host,upperdir=/over/upper,workdir=/over/work overlay /root || fail 'cannot mount the overlay'

$bb mount --move /proc /root/proc
$bb mount --move /sys /root/sys
$bb mount --move /dev /root/dev
$bb mkdir -p /root/dev/pts /root/dev/shm
$bb mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /root/dev/pts
$bb mount -t tmpfs -o mode=1777 tmpfs /root/dev/shm
$bb mount -t tmpfs -o mode=755 tmpfs /root/run
$bb mount -t tracefs tracefs /root/sys/kernel/tracing || say 'no tracefs'
$bb mount -t debugfs debugfs /root/sys/kernel/debug || say 'no debugfs'
$bb mount -t cgroup2 cgroup2 /root/sys/fs/cgroup || say 'no cgroup2'
[ -e /root/dev/ptmx ] || $bb ln -s pts/ptmx /root/dev/ptmx
$bb ln -sf /proc/self/fd /root/dev/fd
$bb ln -sf /proc/self/fd/0 /root/dev/stdin
$bb ln -sf /proc/self/fd/1 /root/dev/stdout
$bb ln -sf /proc/self/fd/2 /root/dev/stderr

# modprobe finds the modules of this kernel where they belong, although they lie in the host's cache.
release=$($bb uname -r)
$bb mkdir -p /root/lib/modules /root/etc/modprobe.d
[ -e "/root/lib/modules/$release" ] || $bb ln -s "$modules" "/root/lib/modules/$release"
for module in $blocked; do $bb echo "blacklist $module"; done >/root/etc/modprobe.d/riptides-vm.conf

$bb hostname riptides-vm
$bb ifconfig lo 127.0.0.1 netmask 255.0.0.0 up || fail 'cannot bring lo up'
$bb mkdir -p /root/run/riptides-vm /root/run/lock
$bb cp /bin/busybox /params /second.sh /root/run/riptides-vm/

# PID 1 shares its root with the kernel's own threads: it must be PID 1 itself that moves, or what the kernel starts on its own
# (modprobe) would still see the initramfs.
exec $bb switch_root /root /run/riptides-vm/busybox sh /run/riptides-vm/second.sh
