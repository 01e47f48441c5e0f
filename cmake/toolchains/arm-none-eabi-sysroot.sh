#!/bin/bash
# Compiles libjpeg-turbo, zlib, libpng and mbedTLS from Debian's sources for arm-none-eabi, into build/arm-none-eabi-sysroot (or $1), and
# puts the header-only libraries (FlatBuffers, KissFFT) beside them. apt-get works on lists of its own in there: nothing is installed on
# this machine, and it needs not be root.
set -euo pipefail
cd "$(dirname "$0")/../.."
toolchains=$PWD/cmake/toolchains
root=${1:-build/arm-none-eabi-sysroot}
sources=(libjpeg-turbo zlib libpng1.6 mbedtls)
headers=(/usr/include/flatbuffers /usr/include/kissfft)

flags=(-mcpu=cortex-m33 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard -ffunction-sections -fdata-sections -O2)
wanted="${sources[*]} ${flags[*]} $(sha256sum <"$0") $(arm-none-eabi-gcc -dumpfullversion)"
if [ "$(cat "$root/.packages" 2>/dev/null)" = "$wanted" ]; then
    echo "$root is complete"
    exit
fi
rm -rf "$root"
mkdir -p "$root/include" "$root/lib" "$root/unpacked/lists/partial" "$root/unpacked/cache"
root=$(cd "$root" && pwd)
work=$root/unpacked
touch "$work/status"
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
key=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb-src [signed-by=$key] http://deb.debian.org/debian $release main" >"$work/sources.list"
options=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::Lists=$work/lists"
    -o "Dir::State::status=$work/status" -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)" -o Debug::NoLocking=1)
apt-get "${options[@]}" update
(cd "$work" && apt-get "${options[@]}" source --download-only "${sources[@]}" >/dev/null)

unpack() { (cd "$work" && dpkg-source --no-check -x "$1"_*.dsc "$1" >/dev/null); }

# archive NAME FOLDER INCLUDE... -- FILE...: a library of the files
archive() {
    local name=$1 folder=$2 includes=()
    shift 2
    while [ "$1" != -- ]; do
        includes+=("-I$1")
        shift
    done
    shift
    (cd "$folder" && printf '%s\n' "$@" | xargs -P "$(nproc)" -n 8 arm-none-eabi-gcc "${flags[@]}" "${includes[@]}" -c)
    (cd "$folder" && arm-none-eabi-ar rcs "$root/lib/lib$name.a" "${@/%.c/.o}")
}

for package in "${sources[@]}"; do
    unpack "$package"
done

cd "$work/zlib"
archive z . . -- adler32.c crc32.c deflate.c infback.c inffast.c inflate.c inftrees.c trees.c zutil.c compress.c uncompr.c
cp zlib.h zconf.h "$root/include"

cd "$work/libpng1.6"
cp scripts/pnglibconf.h.prebuilt pnglibconf.h
archive png . . "$root/include" -- png.c pngerror.c pngget.c pngmem.c pngpread.c pngread.c pngrio.c pngrtran.c pngrutil.c pngset.c \
    pngtrans.c pngwio.c pngwrite.c pngwtran.c pngwutil.c
cp png.h pngconf.h pnglibconf.h "$root/include"

# Its own CMake knows which files it is made of; SIMD is the processor's of a PC.
cd "$work/libjpeg-turbo"
cmake -G Ninja -S . -B out -DCMAKE_SYSTEM_NAME=Generic -DCMAKE_SYSTEM_PROCESSOR=arm -DCMAKE_C_COMPILER=arm-none-eabi-gcc \
    -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY "-DCMAKE_C_FLAGS=${flags[*]}" -DCMAKE_BUILD_TYPE=Release -DENABLE_SHARED=OFF -DWITH_SIMD=OFF \
    -DWITH_TURBOJPEG=OFF -DWITH_ARITH_DEC=ON -DWITH_ARITH_ENC=OFF >/dev/null
cmake --build out --target jpeg-static -- --quiet
cp out/libjpeg.a "$root/lib"
cp jpeglib.h jmorecfg.h jerror.h out/jconfig.h "$root/include"

cd "$work/mbedtls"
mkdir -p "$root/include/mbedtls"
cp include/mbedtls/*.h "$root/include/mbedtls"
cp "$toolchains/mbedtls_config.h" "$root/include/mbedtls/config.h"
archive mbedcrypto library "$root/include" . -- aes.c md.c platform_util.c sha256.c

cp -r "${headers[@]}" "$root/include"
rm -rf "$work"
echo "$wanted" >"$root/.packages"
echo "$root: ${sources[*]}"
