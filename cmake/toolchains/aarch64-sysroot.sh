#!/bin/bash
# Unpacks the arm64 packages of the libraries that tools/fw/packages.txt names, and what they need, into build/aarch64-sysroot (or $1).
# apt-get works on lists and a package database of its own in there: nothing is installed on this machine, and it needs not be root.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=${1:-build/aarch64-sysroot}
mapfile -t packages < <(sed 's/#.*//; s/[[:space:]]//g' tools/fw/packages.txt | grep -E -- '-dev$|json' | sort)
packages+=(libstdc++6)  # the cross compiler brings only its headers and the link library

wanted="${packages[*]}"
if [ "$(cat "$root/.packages" 2>/dev/null)" = "$wanted" ]; then
    echo "$root is complete"
    exit
fi
rm -rf "$root"
mkdir -p "$root/apt/lists/partial" "$root/apt/cache/archives/partial"
touch "$root/apt/status"
apt=$(cd "$root/apt" && pwd)
options=(-qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o "Dir::State::Lists=$apt/lists" -o "Dir::State::status=$apt/status"
    -o "Dir::Cache=$apt/cache" -o "APT::Sandbox::User=$(id -un)" -o Debug::NoLocking=1)
apt-get "${options[@]}" update
apt-get "${options[@]}" install --yes --no-install-recommends --download-only "${packages[@]}" >/dev/null
for package in "$apt"/cache/archives/*.deb; do
    dpkg-deb --extract "$package" "$root"
done
rm -rf "$root/apt"
echo "$wanted" >"$root/.packages"
echo "$root: ${wanted}"
