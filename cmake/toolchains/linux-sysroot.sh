#!/bin/bash
# linux-sysroot.sh aarch64|riscv64 [FOLDER]: unpacks that architecture's packages of the libraries that tools/fw/packages.txt names, and what
# they need, into build/<architecture>-sysroot (or FOLDER). apt-get works on lists and a package database of its own in there: nothing is
# installed on this machine, and it needs not be root.
set -euo pipefail
cd "$(dirname "$0")/../.."
case ${1:-} in
    aarch64) architecture=arm64 release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release) ;;
    # Debian 12 has no such packages. The compiler is this machine's all the same.
    riscv64) architecture=riscv64 release=trixie ;;
    *)
        echo "usage: linux-sysroot.sh aarch64|riscv64 [FOLDER]" >&2
        exit 2
        ;;
esac
root=${2:-build/$1-sysroot}
mapfile -t packages < <(sed 's/#.*//; s/[[:space:]]//g' tools/fw/packages.txt | grep -E -- '-dev$|json' | sort)
packages+=(libatomic1 libstdc++6)  # the cross compiler brings only their headers and link libraries

wanted="$release ${packages[*]}"
if [ "$(cat "$root/.packages" 2>/dev/null)" = "$wanted" ]; then
    echo "$root is complete"
    exit
fi
rm -rf "$root"
mkdir -p "$root/apt/lists/partial" "$root/apt/cache/archives/partial"
touch "$root/apt/status"
apt=$(cd "$root/apt" && pwd)
key=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$key] http://deb.debian.org/debian $release main" >"$apt/sources.list"
options=(-qq -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o "Dir::Etc::sourcelist=$apt/sources.list"
    -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::Lists=$apt/lists" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache"
    -o "APT::Sandbox::User=$(id -un)" -o Debug::NoLocking=1)
apt-get "${options[@]}" update
apt-get "${options[@]}" install --yes --no-install-recommends --download-only "${packages[@]}" >/dev/null
for package in "$apt"/cache/archives/*.deb; do
    dpkg-deb --extract "$package" "$root"
done
[ -e "$root/lib" ] || ln -s usr/lib "$root/lib"  # as newer packages take it to be
# Headers alone, and of the version of this machine's flatc.
rm -rf "$root/usr/include/flatbuffers"
cp -r /usr/include/flatbuffers "$root/usr/include"
if [ "$1" = riscv64 ]; then
    # The archives of a newer Debian have relocations that make this machine's linker crash: GoogleTest's own sources instead.
    source=$root/usr/src/googletest
    for name in gtest gmock; do
        options=(-O2 "-I$source/googletest" "-I$source/googletest/include" "-I$source/googlemock" "-I$source/googlemock/include")
        for file in "$name-all" "${name}_main"; do
            riscv64-linux-gnu-g++ "--sysroot=$root" "${options[@]}" -c "$source/google${name/g/}/src/$file.cc" -o "$apt/$file.o"
        done
        riscv64-linux-gnu-ar rcs "$apt/lib$name.a" "$apt/$name-all.o"
        riscv64-linux-gnu-ar rcs "$apt/lib${name}_main.a" "$apt/${name}_main.o"
        mv "$apt/lib$name.a" "$apt/lib${name}_main.a" "$root/usr/lib/riscv64-linux-gnu"
    done
fi
rm -rf "$root/apt"
echo "$wanted" >"$root/.packages"
echo "$root: $wanted"
