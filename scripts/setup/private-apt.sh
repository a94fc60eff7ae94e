# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Packages of Debian suites that the machine itself does not use, fetched without touching its apt configuration and without
# root. The mirror and the keyring are taken from the machine's own apt sources; signatures are always checked.
#
# Needs common.sh. Everything lives in $riptides_cache/apt.

# shellcheck disable=SC2154 # riptides_cache comes from common.sh
private_apt_root=$riptides_cache/apt

# host_sources prints "URI|RELEASE|SOURCE FILE" of the machine's sources. apt parses both source formats and says this even
# where its lists were never fetched.
host_sources() {
  # shellcheck disable=SC2016 # these are apt's own variables
  apt-get --no-release-info indextargets --format '$(REPO_URI)|$(RELEASE)|$(SOURCESENTRY)|$(COMPONENT)' \
    'Created-By: Packages' 2>/dev/null | awk -F'|' '$4 == "main" { sub(/:[0-9]+$/, "", $3); print $1 "|" $2 "|" $3 }' | uniq
}

# main_source and security_source print one "URI|FILE". Only a real mirror of the archive also carries the "-updates" suite
# beside the release; that tells it from a vendor's repository which happens to use the same suite name.
main_source() {
  host_sources | awk -F'|' '
    $2 ~ /-updates$/ { release = $2; sub(/-updates$/, "", release); sure[$1] = 1 }
    $2 ~ /^(bookworm|trixie|forky|oldoldstable|oldstable|stable|testing|unstable|sid)$/ { if (!($1 in file)) { order[++n] = $1; file[$1] = $3 } }
    END {
      for (i = 1; i <= n; i++) if (order[i] in sure) { print order[i] "|" file[order[i]]; exit }
      for (i = 1; i <= n; i++) if (order[i] ~ /\/debian\/$/) { print order[i] "|" file[order[i]]; exit }
    }'
}

security_source() { host_sources | awk -F'|' '$2 ~ /-security$/ { print $1 "|" $3; exit }'; }

# keyring_of FILE prints the keyring that the source file names, or the distribution's, or nothing (then apt uses its own).
keyring_of() {
  local named candidate
  named=$(grep -ioE 'signed-by[:=][[:space:]]*/[^] ,]+' "$1" 2>/dev/null | grep -oE '/[^] ,]+$' | head -n 1) || true
  for candidate in "$named" /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
    if [ -n "$candidate" ] && [ -r "$candidate" ]; then
      printf '%s\n' "$candidate"
      return
    fi
  done
}

# source_line URI SUITE KEYRING
source_line() {
  local options='arch=amd64'
  [ -n "$3" ] && options+=" signed-by=$3"
  printf 'deb [%s] %s %s main\n' "$options" "$1" "$2"
}

# private_apt_prepare SUITE... writes the private configuration for these suites and fetches their lists.
private_apt_prepare() {
  local main security keyring suite
  if [ -n "${RIPTIDES_DEBIAN_MIRROR:-}" ]; then
    main="$RIPTIDES_DEBIAN_MIRROR|"
  else
    main=$(main_source)
  fi
  security=$(security_source)
  [ -n "$main" ] || die "no Debian mirror among this machine's apt sources" \
    "add one, or set RIPTIDES_DEBIAN_MIRROR to the address of one (the folder that holds dists/ and pool/)"

  mkdir -p "$private_apt_root"/{etc/preferences.d,state/lists/partial,cache/archives/partial}
  : >"$private_apt_root/etc/status"
  {
    for suite in "$@"; do
      case $suite in
      *-security)
        if [ -n "$security" ]; then
          source_line "${security%%|*}" "$suite" "$(keyring_of "${security#*|}")"
        else
          say "no security mirror among this machine's apt sources: taking the newest of the other suites"
        fi
        ;;
      *)
        keyring=$(keyring_of "${main#*|}")
        source_line "${main%%|*}" "$suite" "$keyring"
        ;;
      esac
    done
  } >"$private_apt_root/etc/sources.list"

  # The machine's settings stay in force (a proxy, certificates, retries), except where files live and what runs afterwards.
  cat >"$private_apt_root/etc/apt.conf" <<CONF
Dir::Etc::sourcelist "$private_apt_root/etc/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "$private_apt_root/etc/preferences.d";
Dir::State "$private_apt_root/state";
Dir::State::status "$private_apt_root/etc/status";
Dir::Cache "$private_apt_root/cache";
APT::Architecture "amd64";
#clear APT::Architectures;
APT::Architectures { "amd64"; };
#clear APT::Update;
#clear DPkg::Post-Invoke;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::DEP-11-icons-small;
#clear Acquire::IndexTargets::deb::DEP-11-icons;
#clear Acquire::IndexTargets::deb::DEP-11-icons-large;
#clear Acquire::IndexTargets::deb::DEP-11-icons-hidpi;
#clear Acquire::IndexTargets::deb::DEP-11-icons-large-hidpi;
APT::Sandbox::User "$(id -un)";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "3";
CONF

  say "fetching package lists ($*)"
  local log=$private_apt_root/update.log
  if ! private_apt get update -q >"$log" 2>&1 || grep -qE '^(E:|Err:|W: Failed to fetch)' "$log"; then
    tail -n 15 "$log" >&2
    die "could not fetch the package lists of: $*" "apt's last lines are above"
  fi
}

# private_apt get|cache ARGUMENT...
private_apt() {
  local tool=$1
  shift
  "apt-$tool" -c "$private_apt_root/etc/apt.conf" "$@"
}

# package_field PACKAGE FIELD prints the field of the version that would be fetched.
package_field() { private_apt cache show --no-all-versions "$1" 2>/dev/null | sed -n "s/^$2: //p" | head -n 1; }

# fetch_packages FOLDER PACKAGE... downloads into FOLDER (apt checks hashes against the signed lists).
fetch_packages() {
  local folder=$1
  shift
  mkdir -p "$folder"
  say "downloading $*"
  if ! (cd "$folder" && private_apt get download -q "$@") >"$private_apt_root/download.log" 2>&1; then
    tail -n 15 "$private_apt_root/download.log" >&2
    die "could not download: $*" "apt's last lines are above"
  fi
}
