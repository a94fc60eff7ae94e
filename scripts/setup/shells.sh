# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The shells that completion is tested in, and a strict reader of manual pages: unpacked in the cache instead of installed.
#
#   $riptides_cache/shells/bin/zsh, /usr/bin/{fish,mandoc}   the programs
#                         /usr/lib/<machine>               libraries that they need besides those of every machine
#
# Needs common.sh and private-apt.sh.

# shellcheck disable=SC2154 # riptides_cache comes from common.sh
shells_folder=$riptides_cache/shells

# A folder appears under its name only when it is complete, so its existence is the whole check.
setup_shells() {
  [ -d "$shells_folder" ] && return 0
  with_lock shells fetch_shells
}

fetch_shells() {
  [ -d "$shells_folder" ] && return 0
  local work=$riptides_cache/.shells.$$ deb
  private_apt_prepare bookworm bookworm-security
  rm -rf "$riptides_cache/.shells".* # of runs that were killed
  mkdir -p "$work/deb" "$work/root"
  # shellcheck disable=SC2064 # the folder of now, not of then
  trap "rm -rf '$work'" EXIT
  fetch_packages "$work/deb" zsh zsh-common fish fish-common libpcre2-32-0 mandoc
  for deb in "$work"/deb/*.deb; do dpkg -x "$deb" "$work/root"; done
  # fish looks for its files beside its program: in ../share and ../etc.
  ln -s ../etc "$work/root/usr/etc"
  mv "$work/root" "$shells_folder"
  rm -rf "$work"
  trap - EXIT
  say "zsh, fish and mandoc are ready in $shells_folder"
}
