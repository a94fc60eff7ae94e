# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The distribution's stock kernels, unpacked in the cache instead of installed: the machine's own boot files stay as they are
# and no root is needed. What others rely on, for each series:
#
#   $riptides_cache/kernels/<series>/vmlinuz   the image
#                                   /vmlinux   the same, unpacked, where it can start so: boots faster under emulation
#                                   /modules   the lib/modules/<release> folder, with modules.dep
#                                   /build     a KDIR: make -C .../build M=/path/to/module modules
#                                   /release   one line, what uname -r says
#
# Needs common.sh, private-apt.sh and tools.sh.

# kernel_series prints the series that are tested, one a line.
# shellcheck disable=SC2154 # here comes from whoever sources this
kernel_series() { sed -nE 's/^([0-9.]+) .*/\1/p' "$here/../kmod/kernels"; }

# kernel_debian SERIES prints the Debian release that ships it.
kernel_debian() { awk -v series="$1" '$1 == series { print $2 }' "$here/../kmod/kernels"; }

# shellcheck disable=SC2154 # riptides_cache comes from common.sh
kernel_folder() { printf '%s/kernels/%s\n' "$riptides_cache" "$1"; }

# A folder appears under its name only when it is complete, so its existence is the whole check.
kernel_present() { [ -e "$(kernel_folder "$1")/release" ]; }

# setup_kernel SERIES
setup_kernel() {
  [ -n "$(kernel_debian "$1")" ] || die "which kernel? '$1' is not one of: $(kernel_series | paste -sd ' ')"
  kernel_present "$1" && return 0
  [[ $riptides_cache != *[[:space:]:]* ]] || die "the cache folder is $riptides_cache" \
    "the kernel's build system takes no path with spaces or colons; set RIPTIDES_CACHE to another"
  install_packages 'unpacking kernels' xz-utils zstd kmod
  with_lock kernels fetch_kernel "$1"
}

fetch_kernel() {
  local series=$1 debian release image headers parts=() work folder
  kernel_present "$series" && return 0
  debian=$(kernel_debian "$series")
  private_apt_prepare "$debian" "$debian-security" "$debian-backports"
  release=$(newest_release "$series" || true)
  [ -n "$release" ] || die "the mirror has no $series kernel with its headers" \
    "looked in the suites $debian, $debian-security and $debian-backports"
  image=linux-image-$release headers=linux-headers-$release
  # The headers depend on what they share between flavours and on the build tools, and newer images on their parts; the exact names
  # are theirs to say.
  mapfile -t parts < <({ package_field "$headers" Depends && package_field "$image" Depends; } |
    grep -oE 'linux-(headers|kbuild|base|binary|modules)-[^ ,(|]+' | sort -u)
  [ ${#parts[@]} -ge 2 ] || die "the package $headers does not say what it needs" "expected it to depend on linux-headers-… and linux-kbuild-…"

  say "kernel $series is $release"
  work=$riptides_cache/kernels/.$series.$$
  rm -rf "$riptides_cache/kernels/.$series".* # of runs that were killed
  mkdir -p "$work"
  # shellcheck disable=SC2064 # the folder of now, not of then
  trap "rm -rf '$work'" EXIT
  fetch_packages "$work/deb" "$image" "$headers" "${parts[@]}"
  folder=$(kernel_folder "$series")
  unpack_kernel "$work" "$release" "$folder"
  # Those of Debian 12 run on every Debian that the rigs are made for.
  if [ "$debian" != bookworm ]; then
    fetch_tools "$debian"
    build_with_tools "$debian" "$work" "$folder"
  fi
  rm -rf "$work/deb" "$folder"
  mv "$work" "$folder"
  trap - EXIT
  say "kernel $series is ready in $folder"
}

# newest_release SERIES prints the newest release whose image and headers can both be had.
newest_release() {
  local series=${1//./\\.} release
  private_apt cache pkgnames "linux-image-$1." | sed -nE "s/^linux-image-($series\.[0-9][0-9a-z.+~-]*-amd64)\$/\1/p" |
    grep -vE -- '-(cloud|rt)-amd64$' | sort -rV | while read -r release; do
    if [ -n "$(package_field "linux-headers-$release" Version)" ]; then
      printf '%s\n' "$release"
      break
    fi
  done
}

# unpack_kernel WORK RELEASE FINAL: packages in WORK/deb become WORK/root and the links to it. Paths written into files are those
# that hold once WORK is called FINAL.
unpack_kernel() {
  local work=$1 release=$2 final=$3 deb lib=lib file
  for deb in "$work"/deb/*.deb; do dpkg -x "$deb" "$work/root"; done
  [ -d "$work/root/lib/modules/$release" ] || lib=usr/lib
  [ -d "$work/root/$lib/modules/$release" ] || die "the kernel package of $release holds no modules"
  [ -e "$work/root/usr/src/linux-headers-$release/Makefile" ] || die "the headers package of $release holds no Makefile"

  # The headers' Makefiles name each other by absolute path, as if they were installed.
  find "$work/root/usr/src" -maxdepth 2 -type f \( -name Makefile -o -name .kernelvariables \) -print0 |
    while IFS= read -r -d '' file; do
      sed -i -E "s#(^|[^A-Za-z0-9_./-])/usr/(src/linux-headers-|lib/linux-kbuild-)#\1$final/root/usr/\2#g" "$file"
    done
  rm -f "$work/root/$lib/modules/$release"/{build,source}
  # Some headers bring the kernel's type information, from which a module build wants to make its own with pahole. Tests need none.
  rm -f "$work/root/usr/src/linux-headers-$release/vmlinux"

  if [ -e "$work/root/boot/vmlinuz-$release" ]; then
    ln -s "root/boot/vmlinuz-$release" "$work/vmlinuz"
  else
    ln -s "root/$lib/modules/$release/vmlinuz" "$work/vmlinuz"
  fi
  ln -s "root/$lib/modules/$release" "$work/modules"
  ln -s "root/usr/src/linux-headers-$release" "$work/build"
  if [ "$lib" = usr/lib ]; then ln -s usr/lib "$work/root/lib"; fi
  PATH=$PATH:/usr/sbin:/sbin depmod -b "$work/root" "$release"
  extract_vmlinux "$work/vmlinuz" "$work/vmlinux"
  printf '%s\n' "$release" >"$work/release"
}

# extract_vmlinux VMLINUZ OUT unpacks the kernel proper. Its place is written in the boot protocol's header; the last four bytes of
# the payload are its unpacked size, which a decompressor takes for garbage.
extract_vmlinux() {
  local image=$1 out=$2 sectors offset length start magic tool
  number_at() { od -An -t "u$3" -j "$2" -N "$3" --endian=little "$1" | tr -d ' '; }
  sectors=$(number_at "$image" $((0x1f1)) 1)
  offset=$(number_at "$image" $((0x248)) 4)
  length=$(number_at "$image" $((0x24c)) 4)
  start=$(((sectors + 1) * 512 + offset))
  magic=$(od -An -t x1 -j "$start" -N 4 "$image" | tr -d ' ')
  case $magic in
  fd377a58) tool=xz ;;
  28b52ffd) tool=zstd ;;
  1f8b*) tool=gzip ;;
  *) die "cannot tell how $image is compressed (it starts with $magic)" ;;
  esac
  dd if="$image" iflag=skip_bytes,count_bytes bs=1M skip="$start" count=$((length - 4)) status=none | "$tool" -dc >"$out" ||
    die "could not unpack $image with $tool"
}
