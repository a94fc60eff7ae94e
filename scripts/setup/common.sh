# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What every part of the set-up needs: words for the person, the cache folder, and packages of the machine.

# The cache holds what is big, slow to get and the same for every checkout: kernels, their build trees, checkpatch.
riptides_cache=${RIPTIDES_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/riptides}

say() { printf 'setup: %s\n' "$*" >&2; }

# die WHAT... prints each argument on its own line (what is wrong, then what to do) and ends the script.
die() {
  printf 'setup: error: %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf 'setup:        %s\n' "$line" >&2; done
  exit 1
}

# has_packages NAME... succeeds when every package is installed. One dpkg-query for all keeps the usual run fast.
has_packages() {
  local installed
  # shellcheck disable=SC2016 # dpkg's own variables
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sort -u | grep -c '^.i ') || true
  [ "$installed" -ge "$#" ]
}

# as_root COMMAND... runs it as root, through sudo where this is not root already.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    die "installing packages needs root, and there is no sudo" "run as root: $*"
  fi
}

# install_packages WHY NAME... installs those that are missing and says what and why. Does nothing when all are there.
install_packages() {
  local why=$1
  shift
  has_packages "$@" && return 0
  command -v apt-get >/dev/null || die "this machine has no apt" "needed for $why: $*"

  local missing=() name
  for name in "$@"; do has_packages "$name" || missing+=("$name"); done
  say "installing for $why: ${missing[*]}"

  # A fresh image has no package lists at all, an old one has lists that name versions the mirror no longer holds:
  # so lists are fetched when something is unknown, and once more when the installation fails.
  local log
  log=$(mktemp)
  if ! packages_known "${missing[@]}"; then update_lists "$log"; fi
  packages_known "${missing[@]}" || die "this distribution has no package: $(unknown_packages "${missing[@]}")" \
    "needed for $why; the rigs are made for Debian 12 and 13"
  if ! apt_install "$log" "${missing[@]}"; then
    say "that failed; fetching the package lists and trying once more"
    update_lists "$log"
    apt_install "$log" "${missing[@]}" || { tail -n 15 "$log" >&2; rm -f "$log"; die "apt-get could not install: ${missing[*]}" "its last lines are above"; }
  fi
  rm -f "$log"
}

update_lists() {
  as_root apt-get update -q >"$1" 2>&1 || { tail -n 15 "$1" >&2; die "apt-get update failed; its last lines are above"; }
}

apt_install() {
  local log=$1
  shift
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >"$log" 2>&1
}

unknown_packages() {
  local name
  for name in "$@"; do apt-cache show --no-all-versions "$name" >/dev/null 2>&1 || printf '%s ' "$name"; done
}

packages_known() { [ -z "$(unknown_packages "$@")" ]; }

# with_lock NAME FUNCTION... runs FUNCTION while no other set-up run holds the lock NAME.
with_lock() {
  local name=$1 fd
  shift
  mkdir -p "$riptides_cache"
  exec {fd}>"$riptides_cache/.lock-$name"
  if ! flock -n "$fd"; then
    say "waiting for another set-up run that prepares $name"
    flock "$fd"
  fi
  "$@"
  exec {fd}>&-
}
