#!/bin/bash
# check_tidy.sh [--all] [BUILD [PATH]]: asks clang-tidy about every source of components, hal and tools that BUILD (a build with clang;
# default: build/host-asan) compiles and whose path contains PATH. Fails if it has anything to say. Without --all it leaves out bugprone-*
# and clang-analyzer-*, which take three quarters of the time.
set -euo pipefail
cd "$(dirname "$0")/../.."
slow='-bugprone-*,-clang-analyzer-*'
if [ "${1:-}" = --all ]; then
    slow=
    shift
fi
build=${1:-build/host-asan}
if [ ! -e "$build/compile_commands.json" ]; then
    echo "check_tidy: $build is no build folder: cmake --preset clang-asan" >&2
    exit 2
fi
sources=$(grep -oE "\"file\": \"$PWD/(components|hal|tools)/[^\"]*" "$build/compile_commands.json" | cut -d '"' -f 4 | grep -F "${2:-}" | sort -u || true)
if [ -z "$sources" ]; then
    echo "check_tidy: $build compiles no source of components, hal or tools whose path contains '${2:-}'" >&2
    exit 2
fi
output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
mapfile -t patterns < <(sed 's/[].[+*?(){}^$|\\]/\\&/g; s/.*/^&$/' <<<"$sources")
run-clang-tidy-14 -p "$build" -j "$(nproc)" -quiet -checks="$slow" "${patterns[@]}" >"$output" 2>/dev/null || status=$?
found=$(sed 's/\x1b\[[0-9;]*m//g' "$output" | grep -E '(warning|error): ' | sort -u || true)
if [ -n "$found" ]; then
    echo "$found"
    echo "clang-tidy: $(wc -l <<<"$found") findings"
    exit 1
elif [ "$status" != 0 ]; then
    tail -5 "$output"
    echo "clang-tidy failed"
    exit 1
fi
echo "clang-tidy finds nothing in $(wc -l <<<"$sources") sources"
