#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds src/bundle/core.wasm from kmod/core. The file is kept in git, so only who changes the core needs this.
# With an argument, builds to that file instead.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for tool in "${CLANG:-clang-14}" "${WASM_LD:-wasm-ld-14}"; do
  command -v "$tool" >/dev/null || {
    echo "build-core: error: there is no $tool; run: scripts/setup.sh core" >&2
    exit 1
  }
done
out=$(realpath -m "${1:-$root/src/bundle/core.wasm}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make -s -B -C "$root/kmod/core" wasm build="$work" OUT="$out"
