#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the debug kernel (test/vm/debug-kernel.config on the distribution's 6.1 source) into the cache, as series "debug" with the
# interface that scripts/setup/kernel.sh describes. Done once: it is built again only when its configuration changes.
# It takes about ten minutes on two cores, 3 GB of disk while it runs and 300 MB afterwards.
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

config=$(dirname "$here")/test/vm/debug-kernel.config
final=$(kernel_folder debug)
compiler=(CC=gcc-12 HOSTCC=gcc-12 KBUILD_BUILD_USER=riptides KBUILD_BUILD_HOST=debug)

# What the kernel is made of: the source, and the options without the comments.
key() {
  { cat "$source_folder/version"; sed -E '/^(#|$)/d' "$config"; } | sha256sum | cut -c1-32
}

is_built() { [ -e "$final/release" ] && [ -e "$source_folder/version" ] && [ "$(cat "$final/key" 2>/dev/null)" = "$(key)" ]; }

configure() {
  make -s "${compiler[@]}" KCONFIG_ALLCONFIG="$config" allnoconfig >/dev/null
  # An option whose dependencies are not met is dropped in silence; here it is an error.
  local line dropped=()
  while read -r line; do
    grep -qxF "$line" .config || dropped+=("$line")
  done < <(grep '^CONFIG_' "$config")
  [ ${#dropped[@]} = 0 ] || die "this source does not take: ${dropped[*]}" "see $config"
}

compile() {
  local log=$riptides_cache/debug-kernel.log progress status=0
  say "building the debug kernel: about 10 minutes on 2 cores (log: $log)"
  : >"$log"
  while sleep 60; do say "$(grep -c ' CC ' "$log") of about 1,200 files compiled"; done &
  progress=$!
  # In the foreground, so that whoever interrupts this script interrupts the build.
  nice -n 19 make -j"$(nproc)" "${compiler[@]}" bzImage modules >"$log" 2>&1 || status=$?
  kill "$progress" 2>/dev/null || true
  [ "$status" = 0 ] || { grep -E -m 5 'error|Error' "$log" >&2 || true; die "the debug kernel does not build; see $log"; }
}

# install_build TREE: what building a module needs, and no more.
install_build() {
  local tree=$1
  {
    find . -path ./Documentation -prune -o \( -name Makefile -o -name 'Kconfig*' -o -name Kbuild \) -type f -print
    find include arch/x86/include scripts \( -type f -o -type l \) ! -name '*.o' ! -name '.*.cmd'
    printf '%s\n' .config Module.symvers System.map arch/x86/kernel/asm-offsets.s tools/objtool/objtool
    find arch/x86 -name 'module.lds' -o -name '*.lds' -type f
  } | sort -u | while IFS= read -r file; do [ -e "$file" ] && printf '%s\n' "$file"; done | tar -c -T - | tar -x -C "$tree"
  # Modules are built with the kernel's own compiler, whatever gcc is by default.
  # shellcheck disable=SC2016 # make's own variable
  sed -i 's/^CC\t\t= $(CROSS_COMPILE)gcc$/&-12/' "$tree/Makefile"
}

build() {
  is_built && return 0
  local work release
  work=$riptides_cache/kernels/.debug.$$
  rm -rf "$riptides_cache/kernels/.debug".* # of runs that were killed
  mkdir -p "$work/source"
  # shellcheck disable=SC2064 # the folder of now, not of then
  trap "rm -rf '$work'" EXIT
  tar -x -f "$source_folder/linux.tar.xz" -C "$work/source" --strip-components=1
  cd "$work/source"
  # Before the build: whoever edits the configuration meanwhile wants another one.
  key >"$work/key"
  configure
  compile

  release=$(cat include/config/kernel.release)
  mkdir -p "$work/root/boot" "$work/root/lib/modules/$release" "$work/root/usr/src/linux-$release"
  cp arch/x86/boot/bzImage "$work/root/boot/vmlinuz-$release"
  cp .config "$work/root/boot/config-$release"
  # modprobe then knows what is built in, and that there is nothing else.
  cp modules.builtin modules.builtin.modinfo "$work/root/lib/modules/$release/"
  : >"$work/root/lib/modules/$release/modules.order"
  PATH=$PATH:/usr/sbin:/sbin depmod -b "$work/root" "$release"
  install_build "$work/root/usr/src/linux-$release"
  ln -s "root/boot/vmlinuz-$release" "$work/vmlinuz"
  ln -s "root/lib/modules/$release" "$work/modules"
  ln -s "root/usr/src/linux-$release" "$work/build"
  printf '%s\n' "$release" >"$work/release"

  cd /
  rm -rf "$work/source" "$final"
  mv "$work" "$final"
  trap - EXIT
  say "the debug kernel is ready in $final"
}

is_built && exit 0
install_packages 'building the debug kernel' gcc-12 make libc6-dev flex bison bc libelf-dev perl xz-utils kmod binutils
setup_source
with_lock debug-kernel build
