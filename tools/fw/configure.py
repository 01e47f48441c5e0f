#!/usr/bin/env python3
"""From Kconfig files, sdkconfig.defaults and sdkconfig to sdkconfig, sdkconfig.h and sdkconfig.cmake.

Called by cmake/config.cmake. Needs kconfiglib (Debian: python3-kconfiglib).
"""

import argparse
import os
import re
import sys
from pathlib import Path

import renamed

LOCATION_SUFFIX = {
    "rodata": "_MODEL_IN_FLASH_RODATA",
    "partition": "_MODEL_IN_FLASH_PARTITION",
    "sdcard": "_MODEL_IN_SDCARD",
}


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--psram-size", type=int, default=0, help="what the board has")
    parser.add_argument("--out", type=Path, required=True, help="folder of the generated files")
    parser.add_argument("--kconfig", action="append", default=[], type=Path)
    parser.add_argument("--kconfig-projbuild", action="append", default=[], type=Path)
    parser.add_argument("--defaults", action="append", default=[], type=Path)
    parser.add_argument("--sdkconfig", type=Path, help="the project's own sdkconfig; used if it was made for the same chip")
    parser.add_argument("--model-location", choices=sorted(LOCATION_SUFFIX))
    parser.add_argument("--menuconfig", action="store_true")
    return parser.parse_args(argv)


def write_if_changed(path, text):
    """A file that did not change keeps its time, so nothing is compiled again."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def load_kconfig(args):
    import kconfiglib

    out = args.out
    out.mkdir(parents=True, exist_ok=True)
    write_if_changed(out / "kconfigs.in", "".join(f'source "{f}"\n' for f in args.kconfig))
    write_if_changed(out / "kconfigs_projbuild.in", "".join(f'source "{f}"\n' for f in args.kconfig_projbuild))
    os.environ.update(
        {
            "CONFIG_": "CONFIG_",
            "KCONFIG_CONFIG_HEADER": "",
            "IDF_TARGET": args.target,
            "IDF_PATH": str(args.root / "cmake" / "idf"),
            "COMPONENT_KCONFIGS_SOURCE_FILE": str(out / "kconfigs.in"),
            "COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE": str(out / "kconfigs_projbuild.in"),
        }
    )
    kconf = kconfiglib.Kconfig(str(args.root / "cmake" / "Kconfig"), warn_to_stderr=False)
    kconf.warn_assign_undef = True
    # The Kconfig files themselves may warn about style; what a reader must know is what the configuration files say.
    kconf.warnings.clear()
    return kconf


UNKNOWN = re.compile(r"^(?P<where>.*?): warning: attempt to assign the value '(?P<value>.*)' to the undefined symbol (?P<name>\S+)")


def load_values(kconf, path, target):
    """Takes over the assignments of one file. Symbols nobody declares are named, not fatal: they mean parts of ESP-IDF
    that have no counterpart here. Those that ESP-IDF has renamed count under their new name, unless the file has that, too:
    ESP-IDF ends every sdkconfig that it writes with the old names of what stands above."""
    kconf.load_config(str(path), replace=False)
    named = set(re.findall(r"^(?:# )?CONFIG_(\w+)(?:=| is not set)", path.read_text(errors="replace"), re.MULTILINE))
    unknown = []
    for warning in list(kconf.warnings):
        match = UNKNOWN.match(warning)
        if match:
            current = renamed.current_name(match["name"], target)
            if current in named:
                continue
            if current in kconf.syms:
                kconf.syms[current].set_value(match["value"].strip('"'))
                print(f"note: {path}: CONFIG_{match['name']} is CONFIG_{current} now, and taken as that", file=sys.stderr)
            else:
                unknown.append(match["name"])
        elif "was already assigned" not in warning and "set more than once" not in warning:
            print(warning, file=sys.stderr)
    kconf.warnings.clear()
    return unknown


def psram_setting(kconf, args, files):
    """Which line of which file decided about the PSRAM, for the log."""
    value = kconf.syms["SPIRAM"].str_value
    name = rf"CONFIG_(?:(?:{args.target.upper()}_)?SPIRAM_SUPPORT|SPIRAM)"
    pattern = rf"^({name})=y\s*$" if value == "y" else rf"^(?:({name})=n|# ({name}) is not set)\s*$"
    for path in reversed(files):
        match = path.is_file() and re.search(pattern, path.read_text(errors="replace"), re.MULTILINE)
        if match:
            return f"{next(filter(None, match.groups()))}={value} in {path.name}"
    return f"CONFIG_SPIRAM={value}" if value == "y" else "CONFIG_SPIRAM is not set"


def write_outputs(kconf, args, files):
    import kconfiglib

    out = args.out
    header = ["#pragma once\n"]
    cmake = []
    for sym in kconf.unique_defined_syms:
        if not sym.config_string:
            continue
        value = sym.str_value
        name = "CONFIG_" + sym.name
        if sym.type in (kconfiglib.BOOL, kconfiglib.TRISTATE):
            if value == "y":
                header.append(f"#define {name} 1\n")
            cmake.append(f'set({name} "{"y" if value == "y" else ""}")\n')
        elif sym.type == kconfiglib.STRING:
            escaped = kconfiglib.escape(value)
            header.append(f'#define {name} "{escaped}"\n')
            cmake.append(f'set({name} "{escaped}")\n')
        else:
            if sym.type == kconfiglib.HEX and not value.lower().startswith("0x"):
                value = "0x" + value
            header.append(f"#define {name} {value}\n")
            cmake.append(f'set({name} "{value}")\n')
    setting = psram_setting(kconf, args, files)
    cmake.append(f'set(DESKBOARD_PSRAM_SETTING "{setting}")\n')
    if kconf.syms["SPIRAM"].str_value == "y" and not args.psram_size:
        print(f"note: {setting}, but this board has no PSRAM", file=sys.stderr)
    write_if_changed(out / "sdkconfig.h", "".join(header))
    write_if_changed(out / "sdkconfig.cmake", "".join(cmake))
    text = "# Values of this build. Change them with `fw menuconfig`, or in the project's sdkconfig.defaults.\n"
    text += "".join(node_text(kconf))
    write_if_changed(out / "sdkconfig", text)


def node_text(kconf):
    for sym in kconf.unique_defined_syms:
        if sym.config_string:
            yield sym.config_string


def load_project(args):
    """The configuration without what menuconfig changed, and the assignments that mean nothing here."""
    kconf = load_kconfig(args)
    unknown = []
    for path in args.defaults:
        names = load_values(kconf, path, args.target)
        if names and path.name != "host.sdkconfig.defaults":
            unknown.append((path, names))
    if args.sdkconfig and args.sdkconfig.exists():
        if f'CONFIG_IDF_TARGET="{args.target}"' in args.sdkconfig.read_text():
            load_values(kconf, args.sdkconfig, args.target)
        else:
            print(f"note: {args.sdkconfig} was made for another chip than {args.target}; not used", file=sys.stderr)
    return kconf, unknown


def choose_model_location(kconf, location):
    suffix = LOCATION_SUFFIX[location]
    matching = [s for s in kconf.unique_defined_syms if s.name.endswith(suffix)]
    if not matching:
        raise ValueError(
            f"--model-location {location}: no component of this project lets you choose where its model lies "
            f"(no Kconfig symbol ends in {suffix})"
        )
    for sym in matching:
        sym.set_value("y")


def menuconfig(args, user_file):
    """Lets a person change values, and keeps what differs from the project's own configuration in `user_file`."""
    import menuconfig as menu

    kconf, _ = load_project(args)
    if user_file.exists():
        load_values(kconf, user_file, args.target)
    edited = args.out / "sdkconfig.edited"
    kconf.write_config(str(edited), save_old=False)
    os.environ["KCONFIG_CONFIG"] = str(edited)
    menu.menuconfig(kconf)
    save_changes(args, edited, user_file)
    edited.unlink()


def save_changes(args, edited, user_file):
    base, _ = load_project(args)
    changed, _ = load_project(args)
    changed.load_config(str(edited), replace=True)
    lines = []
    for sym in changed.unique_defined_syms:
        if sym.config_string and sym.str_value != base.syms[sym.name].str_value:
            lines.append(sym.config_string)
    if lines:
        user_file.write_text("# Changed with `fw menuconfig`.\n" + "".join(lines))
    elif user_file.exists():
        user_file.unlink()


def main(argv):
    args = parse_arguments(argv)
    try:
        import kconfiglib
    except ImportError:
        print("kconfiglib is missing: apt-get install python3-kconfiglib (or ./fw, which does it)", file=sys.stderr)
        return 2
    user_file = args.out / "sdkconfig.user"
    try:
        if args.menuconfig:
            menuconfig(args, user_file)
            return 0
        kconf, unknown = load_project(args)
        if user_file.exists():
            load_values(kconf, user_file, args.target)
        if args.model_location:
            choose_model_location(kconf, args.model_location)
        files = [*args.defaults, *([args.sdkconfig] if args.sdkconfig else []), user_file]
        write_outputs(kconf, args, files)
    except (kconfiglib.KconfigError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    for path, names in unknown:
        print(f"note: {path}: no counterpart on the PC, ignored: {', '.join('CONFIG_' + n for n in names)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
