# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The distribution's kernel source (6.1), kept packed in the cache: the debug kernel is built from it and checkpatch comes from it.
# Its version is that of the day it was fetched; remove $riptides_cache/source to fetch a newer one.
#
# Needs common.sh and private-apt.sh.

# shellcheck disable=SC2154 # riptides_cache comes from common.sh
source_folder=$riptides_cache/source

setup_source() {
  [ -e "$source_folder/version" ] && return 0
  install_packages 'unpacking the kernel source' xz-utils
  with_lock source fetch_source
}

fetch_source() {
  [ -e "$source_folder/version" ] && return 0
  local work=$riptides_cache/.source.$$ version
  private_apt_prepare bookworm bookworm-security
  version=$(package_field linux-source-6.1 Version)
  [ -n "$version" ] || die "the mirror has no linux-source-6.1" "looked in the suites bookworm and bookworm-security"
  rm -rf "$riptides_cache/.source".* # of runs that were killed
  mkdir -p "$work"
  # shellcheck disable=SC2064 # the folder of now, not of then
  trap "rm -rf '$work'" EXIT
  fetch_packages "$work/deb" linux-source-6.1
  dpkg -x "$work"/deb/*.deb "$work/root"
  mv "$work/root/usr/src/linux-source-6.1.tar.xz" "$work/linux.tar.xz"
  printf '%s\n' "$version" >"$work/version"
  rm -rf "$work/deb" "$work/root" "$source_folder"
  mv "$work" "$source_folder"
  trap - EXIT
}

# setup_checkpatch puts checkpatch.pl and the two word lists that it reads into the cache.
setup_checkpatch() {
  [ -x "$riptides_cache/checkpatch.pl" ] && return 0
  install_packages 'checking the style of C' perl
  setup_source
  local work=$riptides_cache/.checkpatch.$$
  mkdir -p "$work"
  tar -x -f "$source_folder/linux.tar.xz" -C "$work" --strip-components=2 \
    linux-source-6.1/scripts/{checkpatch.pl,spelling.txt,const_structs.checkpatch} || die "the kernel source holds no checkpatch.pl"
  # The script last: it is what says that all is there.
  mv "$work/spelling.txt" "$work/const_structs.checkpatch" "$riptides_cache/"
  mv "$work/checkpatch.pl" "$riptides_cache/checkpatch.pl"
  rmdir "$work"
}
