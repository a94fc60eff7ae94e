#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Gets this machine ready. Each argument is a part; what is there already is left alone, and when all is there nothing is done.
#
#   scripts/setup.sh node              the npm dependencies of this checkout
#   scripts/setup.sh core              compilers for the decision core: native with sanitizers, and WebAssembly
#   scripts/setup.sh vm                the emulator and the tools of the guest, and what builds the kernel module
#   scripts/setup.sh kernel 6.1        a stock kernel of the distribution with its build tree, in the cache (kmod/kernels lists them)
#   scripts/setup.sh debug-kernel      a kernel with KASAN, lockdep and kmemleak, built once (about 10 minutes on 2 cores)
#   scripts/setup.sh checkpatch        the kernel's style checker, in the cache
#   scripts/setup.sh programs          Docker and Podman: the tests of labels that need them are left out elsewhere
#   scripts/setup.sh shells            zsh, fish and mandoc, in the cache: completion and manual pages are tested with them
#
# Packages come from apt (root or sudo is needed only when some are missing). The cache is $RIPTIDES_CACHE, or riptides in the
# user's cache folder; remove kernels/<series> there to fetch a newer one.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=setup/common.sh
source "$here/setup/common.sh"
# shellcheck source=setup/private-apt.sh
source "$here/setup/private-apt.sh"
# shellcheck source=setup/tools.sh
source "$here/setup/tools.sh"
# shellcheck source=setup/kernel.sh
source "$here/setup/kernel.sh"
# shellcheck source=setup/source.sh
source "$here/setup/source.sh"
# shellcheck source=setup/shells.sh
source "$here/setup/shells.sh"

usage() { sed -n '/^#   /s/^#   //p' "${BASH_SOURCE[0]}"; }

setup_node() {
  local root lock installed
  root=$(dirname "$here")
  lock=$root/package-lock.json installed=$root/node_modules/.package-lock.json
  command -v npm >/dev/null || install_packages 'the command line (npm brings its dependencies)' npm
  [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20')" = true ] ||
    die "this is Node.js $(node --version)" "20 or newer is needed"
  # npm writes the second file at the end of an installation.
  [ -e "$installed" ] && [ ! "$lock" -nt "$installed" ] && return 0
  say "installing the npm dependencies (npm ci)"
  (cd "$root" && npm ci) || die "npm ci failed; its messages are above"
  touch "$installed"
}

setup_core() { install_packages 'building the decision core' clang-14 lld-14 libclang-rt-14-dev gcc make libc6-dev; }

setup_vm() {
  # The two packages exclude each other and offer the same programs; the guest's first program must need no libraries.
  if has_packages busybox; then say "busybox-static takes the place of busybox"; fi
  install_packages 'the virtual machines that the kernel module is tested in' \
    qemu-system-x86 busybox-static xz-utils zstd kmod curl git python3 nftables iproute2 procps dnsmasq-base openssl
  install_packages 'building the kernel module' gcc-12 make libc6-dev libelf-dev
}

# Not a part of every run: where systemd runs, the packages start daemons.
setup_programs() { install_packages 'programs whose answers become labels' docker.io podman runc systemd dbus; }

if [ $# = 0 ]; then
  usage >&2
  exit 2
fi

while [ $# -gt 0 ]; do
  case $1 in
  node) setup_node ;;
  core) setup_core ;;
  vm) setup_vm ;;
  programs) setup_programs ;;
  kernel)
    setup_kernel "${2:-}"
    shift
    ;;
  debug-kernel) "$here/debug-kernel.sh" ;;
  checkpatch) setup_checkpatch ;;
  shells) setup_shells ;;
  -h | --help | help) usage ;;
  *) die "unknown part: $1" "parts are: node core vm kernel debug-kernel checkpatch shells" ;;
  esac
  shift
done
