# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The build tools of another Debian release, unpacked in the cache: its kernels' own tools want its C library, and its compiler is
# the one that built them. They run with that release's /usr in the place of the machine's, in a mount namespace of their own, so that
# every other path (checkout, cache, /tmp) stays the same. That needs root or unprivileged user namespaces, which Debian allows.
#
#   $riptides_cache/tools/<release>/usr
#
# Needs common.sh and private-apt.sh.

# shellcheck disable=SC2154 # riptides_cache comes from common.sh
tools_folder() { printf '%s/tools/%s\n' "$riptides_cache" "$1"; }

# fetch_tools RELEASE; the private apt must be prepared for the release, and its lock be held.
fetch_tools() {
  local release=$1 work final packages deb
  final=$(tools_folder "$release")
  # A folder appears under its name only when it is complete.
  [ -d "$final" ] && return 0
  work=$(tools_folder ".$release.$$")
  rm -rf "$(tools_folder ".$release")".* # of runs that were killed
  # To apt, nothing is installed: so it names all that they need, the C library included.
  mapfile -t packages < <(private_apt get install -s --no-install-recommends \
    gcc-14-for-host make binutils bash dash coreutils sed grep gawk findutils diffutils dpkg libelf1t64 | awk '$1 == "Inst" { print $2 }')
  [ ${#packages[@]} -gt 0 ] || die "the mirror has no gcc-14 and make of $release" "looked in the suites $release, $release-security and $release-backports"
  fetch_packages "$work/deb" "${packages[@]}"
  for deb in "$work"/deb/*.deb; do dpkg -x "$deb" "$work"; done
  rm -rf "$work/deb"
  # What the packages' scripts would have linked.
  [ -e "$work/usr/bin/sh" ] || ln -s dash "$work/usr/bin/sh"
  ln -s gawk "$work/usr/bin/awk"
  mv "$work" "$final"
}

# build_with_tools RELEASE WORK FINAL makes WORK/build a folder for modules whose make runs with the tools of RELEASE.
build_with_tools() {
  local release=$1 work=$2 final=$3 tree
  tree=$(readlink "$work/build")
  rm "$work/build"
  mkdir "$work/build"
  ln -s "../$tree/Module.symvers" "../$tree/include" "$work/build/"
  # The variables of the command line (M, KCFLAGS) reach the second make in MAKEFLAGS.
  cat >"$work/build/Makefile" <<MAKE
Makefile: ;
%: always
	+@unshare --mount \$(if \$(filter-out 0,\$(shell id -u)),--map-root-user) sh -c \\
		'mount --bind $(tools_folder "$release")/usr /usr && exec make -C $final/$tree "\$\$1"' sh \$@
.PHONY: always
MAKE
}
