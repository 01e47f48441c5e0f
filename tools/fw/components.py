#!/usr/bin/env python3
"""Finds the components of a firmware project and reads their idf_component.yml.

Called by cmake/project.cmake. Writes a CMake file with the component folders, nearest first, what each manifest adds to a
component's requirements, and the files that were read.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

import rules
import yaml_reader

# Reimplemented here; the published sources are for the chip's processor.
OWN = ("esp-dl", "dl_tensor", "fbs_loader", "vision", "audio")


class ComponentError(Exception):
    pass


def short_name(name):
    """espressif/esp-dl, espressif__esp-dl -> esp-dl"""
    return name.split("/")[-1].split("__")[-1]


class Resolver:
    def __init__(self, root, target, hal_names):
        self.root, self.target, self.hal_names = root, target, set(hal_names)
        self.components = {}  # name -> folder; the first one found wins
        self.requires = {}  # name -> names that its manifest adds
        self.roots = []
        self.inputs = []
        self.notes = []
        self.unread = []  # whose manifest has not been read
        self.published = {}  # name of ours -> the folder of the published component that the project names

    def read_manifests(self):
        """Follows the manifests' dependencies to the end. Components that lie in the project are known by then and win."""
        while self.unread:
            name = self.unread.pop(0)
            manifest = self.components[name] / "idf_component.yml"
            if manifest.is_file():
                self._read_manifest(name, manifest)

    def add(self, name, folder, root=False):
        name = short_name(name)
        if name in OWN and self.root / "components" not in folder.parents:
            self.notes.append(f"{name}: taken from {self.root / 'components'}, not from {folder}")
            self.published.setdefault(name, folder)
            folder = self.root / "components" / name
        if name not in self.components:
            self.components[name] = folder
            if root:
                self.roots.append(name)
            self.unread.append(name)

    def add_folder(self, folder, root=False):
        """A component itself, or a folder of components."""
        if not folder.is_dir():
            raise ComponentError(f"EXTRA_COMPONENT_DIRS names {folder}, which is no folder")
        if (folder / "CMakeLists.txt").is_file():
            self.add(folder.name, folder, root)
            return
        for child in sorted(folder.iterdir()):
            if (child / "CMakeLists.txt").is_file():
                self.add(child.name, child, root)

    def _read_manifest(self, name, manifest):
        self.inputs.append(manifest)
        try:
            content = yaml_reader.load(manifest) or {}
            for dependency, wanted in (content.get("dependencies") or {}).items():
                if dependency == "idf":
                    continue
                wanted = wanted if isinstance(wanted, dict) else {"version": wanted}
                if self._applies(wanted):
                    self._resolve(name, manifest, dependency, wanted)
        except (yaml_reader.YamlError, rules.RuleError) as error:
            raise ComponentError(f"{manifest}: {error}" if str(manifest) not in str(error) else str(error)) from None

    def _applies(self, wanted):
        if not all(rules.holds(rule["if"], self.target) for rule in wanted.get("rules") or []):
            return False
        matches = wanted.get("matches")
        if matches:
            for match in matches:
                if rules.holds(match["if"], self.target):
                    wanted.update({k: v for k, v in match.items() if k != "if"})
                    return True
            return False
        return True

    def _resolve(self, name, manifest, dependency, wanted):
        short = short_name(dependency)
        self.requires.setdefault(name, []).append(short)
        if short in self.components:
            return
        override = wanted.get("override_path") or wanted.get("path")
        own = self.root / "components" / short
        if override:
            folder = (manifest.parent / override).resolve()
            if (folder / "CMakeLists.txt").is_file():
                self.add(short, folder)
                return
            if not (own / "CMakeLists.txt").is_file() and short not in self.hal_names:
                raise ComponentError(f"{manifest}: dependency '{dependency}': override_path {folder} holds no component")
        managed = manifest.parent.parent / "managed_components"
        if (own / "CMakeLists.txt").is_file():
            self.add(short, own)
        elif short in self.hal_names:
            return
        elif (managed / dependency.replace("/", "__") / "CMakeLists.txt").is_file():
            self.add(short, managed / dependency.replace("/", "__"))
        else:
            raise ComponentError(
                f"{manifest}: dependency '{dependency}' is not known here: nothing in {self.root / 'components'} is called '{short}', "
                "and it is no part of ESP-IDF or of a board support package that the board emulation knows. "
                "Give it an override_path, or put the component into the project's components/ folder."
            )


def make_tree(tree, published, own):
    """A folder with the neighbours of the published component and, under its name, ours: published apps find models and tools by a path
    relative to it (`${espdl_dir}/../models`). Ours has folders of its own there, so that such a path leads back into the tree."""
    if tree.is_symlink() or tree.is_file():
        tree.unlink()
    if tree.exists():
        shutil.rmtree(tree)
    seen = tree / published.name
    shutil.copytree(own, seen, copy_function=lambda source, target: os.symlink(source, target))
    for entry in published.parent.iterdir():
        if entry.name != published.name and not entry.name.startswith("."):
            (tree / entry.name).symlink_to(entry)
    return seen


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--extra", action="append", default=[], type=Path)
    parser.add_argument("--hal-names", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)

    hal_names = [n.strip() for n in args.hal_names.read_text().splitlines() if n.strip() and not n.startswith("#")]
    resolver = Resolver(args.root, args.target, hal_names)
    try:
        if not (args.project / "main" / "CMakeLists.txt").is_file():
            raise ComponentError(f"{args.project} has no main/CMakeLists.txt: it is no firmware project")
        resolver.add("main", args.project / "main", root=True)
        if (args.project / "components").is_dir():
            resolver.add_folder(args.project / "components", root=True)
        for folder in args.extra:
            resolver.add_folder((args.project / folder).resolve(), root=True)
        resolver.read_manifests()
        for list_file in sorted((args.root / "components").glob("*/CMakeLists.txt")):
            resolver.add(list_file.parent.name, list_file.parent)
        resolver.read_manifests()
    except (ComponentError, OSError) as error:
        print(error, file=sys.stderr)
        return 2

    lines = [f'_deskboard_add_component_dir("{name}" "{folder}")\n' for name, folder in resolver.components.items()]
    for name, required in resolver.requires.items():
        lines.append(f'_deskboard_set_component("{name}" MANIFEST_REQUIRES "{";".join(dict.fromkeys(required))}")\n')
    for name, folder in resolver.published.items():
        try:
            seen = make_tree(args.out.parent / "published" / name, folder, resolver.components[name])
        except OSError as error:
            print(error, file=sys.stderr)
            return 2
        lines.append(f'_deskboard_set_component("{name}" PUBLISHED_DIR "{seen}")\n')
    lines.append(f'set(DESKBOARD_PROJECT_ROOTS "{";".join(resolver.roots)}")\n')
    lines.append(f'set(DESKBOARD_MANIFESTS "{";".join(map(str, resolver.inputs))}")\n')
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text("".join(lines))
    for note in dict.fromkeys(resolver.notes):
        print(f"note: {note}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
