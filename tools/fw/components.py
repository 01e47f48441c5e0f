#!/usr/bin/env python3
"""Finds the components of a firmware project and reads their idf_component.yml.

Called by cmake/project.cmake. Writes a CMake file with the component folders, nearest first, what each manifest adds to a
component's requirements, and the files that were read. With --libraries, for the build of the libraries: which of this repository's
components can be compiled here.
"""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path

import bootstrap
import idf_components
import rules
import versions

DEFAULT_NAMESPACE = "espressif"


class ComponentError(Exception):
    pass


def short_name(name):
    """espressif/esp-dl, espressif__esp-dl -> esp-dl"""
    return name.split("/")[-1].split("__")[-1]


def full_name(name):
    """esp-dl, espressif__esp-dl -> espressif/esp-dl"""
    name = name.replace("__", "/", 1)
    return name if "/" in name else f"{DEFAULT_NAMESPACE}/{name}"


def load_yaml(path):
    """The file as a dictionary; what is wrong with it as a ComponentError with file and line."""
    try:
        import yaml
    except ImportError:
        raise ComponentError("python3-yaml is missing: apt-get install python3-yaml (or ./fw, which does it)") from None
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ComponentError(f"{path}: is not UTF-8 ({error.reason} at byte {error.start})") from None
    except RecursionError:
        raise ComponentError(f"{path}: is nested too deep") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ComponentError(f"{where}: {getattr(error, 'problem', None) or error}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ComponentError(f"{path}: is no list of `key: value`")
    return content


def strings(value, where):
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ComponentError(f"{where} is no list of strings")
    return value


class Provided:
    """A component of this repository, as its idf_component.yml and its deskboard.yml describe it."""

    def __init__(self, folder):
        self.folder, self.name = folder, folder.name
        manifest = folder / "idf_component.yml"
        content = load_yaml(manifest) if manifest.is_file() else {}
        self.version = str(content["version"]) if "version" in content else None
        facts_file = folder / "deskboard.yml"
        facts = load_yaml(facts_file) if facts_file.is_file() else {}
        unknown = set(facts) - {"provides", "packages", "replaces", "registry"}
        if unknown:
            raise ComponentError(f"{facts_file}: does not know '{sorted(unknown)[0]}'; it has provides, packages, replaces and registry")
        default = [f"{DEFAULT_NAMESPACE}/{self.name}"]
        self.provides = [full_name(n) for n in strings(facts.get("provides", default), f"{facts_file}: provides")]
        self.packages = strings(facts.get("packages", []), f"{facts_file}: packages")
        self.replaces = bool(facts.get("replaces", False))
        self.registry = bool(facts.get("registry", False))


class Resolver:
    def __init__(self, root, target, listed, config=None):
        self.root, self.target, self.listed = root, target, listed
        self.config = config or {}
        self.components = {}  # name -> folder; the first one found wins
        self.requires = {}  # name -> [(name, public)] that its manifest adds
        self.roots = []
        self.inputs = []
        self.notes = []
        self.unread = []  # whose manifest has not been read
        self.published = {}  # name of ours -> the folder of the published component that the project names
        self.overrides = {}  # registry name -> (replacement's name, its attributes, the manifest)
        self.provided = {}
        for file in sorted((root / "components").glob("*/CMakeLists.txt")):
            self.provided[file.parent.name] = Provided(file.parent)
        self.by_registry = {name: p for p in self.provided.values() for name in p.provides}

    def read_manifests(self):
        """Follows the manifests' dependencies to the end. Components that lie in the project are known by then and win."""
        while self.unread:
            name = self.unread.pop(0)
            manifest = self.components[name] / "idf_component.yml"
            if manifest.is_file():
                self._read_manifest(name, manifest)

    def add(self, name, folder, root=False):
        name = short_name(name)
        own = self.provided.get(name)
        if own and own.replaces and folder != own.folder:
            self.notes.append(f"{name}: taken from {own.folder}, not from {folder}")
            self.published.setdefault(name, folder)
            folder = own.folder
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

    def read_overrides(self, manifests):
        """The `overrides` of the project's own manifests, of which one may have some."""
        first = None
        for manifest in manifests:
            content = load_yaml(manifest) if manifest.is_file() else {}
            if not content.get("overrides"):
                continue
            if first:
                raise ComponentError(f"{manifest}: only one manifest of a project may have 'overrides'; {first} has some, too")
            first = manifest
            for entry in content["overrides"]:
                try:
                    ((name, body),) = entry.items()
                    ((replacement, wanted),) = body["with"].items()
                except (AttributeError, KeyError, TypeError, ValueError):
                    raise ComponentError(f"{manifest}: an entry of 'overrides' is `name:` with a `with:` of one component") from None
                self.overrides[full_name(str(name))] = (str(replacement), wanted, manifest, body.get("reason"))

    def _read_manifest(self, name, manifest):
        self.inputs.append(manifest)
        content = load_yaml(manifest)
        own = self.provided.get(name)
        targets = content.get("targets") or []
        if self.target not in targets and targets and not (own and own.folder == manifest.parent):
            self.notes.append(f"{manifest}: '{name}' does not name {self.target} among its targets ({', '.join(map(str, targets))})")
        dependencies = content.get("dependencies") or {}
        if not isinstance(dependencies, dict):
            raise ComponentError(f"{manifest}: 'dependencies' is no list of `name: version`")
        for dependency, wanted in dependencies.items():
            dependency = str(dependency)
            wanted = dict(wanted) if isinstance(wanted, dict) else {"version": wanted}
            try:
                applies = self._applies(wanted)
            except (rules.RuleError, versions.VersionError) as error:
                raise ComponentError(f"{manifest}: dependency '{dependency}': {error}") from None
            if not applies:
                continue
            if dependency == "idf":
                have = ".".join(map(str, rules.idf_version()))
                self._check_version(manifest, "ESP-IDF", wanted.get("version"), have)
                continue
            override = self.overrides.get(full_name(dependency))
            if override:
                replacement, attributes, source, _ = override
                # Its own visibility stays where the replacement says nothing.
                kept = {k: v for k, v in wanted.items() if k in ("require", "public")}
                self._resolve(name, source, replacement, {**kept, **(attributes or {})})
            else:
                self._resolve(name, manifest, dependency, wanted)

    def _applies(self, wanted):
        for group, every in (("rules", True), ("matches", False)):
            clauses = wanted.get(group)
            if not clauses:
                continue
            if not isinstance(clauses, list) or not all(isinstance(c, dict) and "if" in c for c in clauses):
                raise rules.RuleError(f"'{group}' is no list of `if: condition`")
            true = [c for c in clauses if rules.holds(str(c["if"]), self.target, self.config)]
            if not true or (every and len(true) != len(clauses)):
                return False
            for clause in true[:1] if not every else true:
                if "version" in clause:
                    wanted["version"] = clause["version"]
        return True

    def _check_version(self, manifest, what, wanted, have):
        if wanted is None or have is None:
            return
        try:
            if versions.holds(wanted, have):
                return
        except versions.VersionError as error:
            raise ComponentError(f"{manifest}: dependency '{what}': {error}") from None
        self.notes.append(f"{manifest}: asks for {what} {wanted}; provided here is {have}")

    def _require(self, name, required, wanted):
        require = wanted.get("require", "public" if wanted.get("public") else "private")
        if require in (False, "no"):
            return
        if require not in ("public", "private"):
            raise ComponentError(f"dependency '{required}' of '{name}': 'require: {require}' is none of public, private and no")
        self.requires.setdefault(name, []).append((required, require == "public"))

    @staticmethod
    def _expand(value, manifest):
        def variable(match):
            if match[0] == "$$":
                return "$"
            name = match[1] or match[2]
            if name not in os.environ:
                raise ComponentError(f"{manifest}: the environment variable {name} is not set")
            return os.environ[name]

        return re.sub(r"\$\$|\$\{(\w+)\}|\$(\w+)", variable, str(value))

    def _resolve(self, name, manifest, dependency, wanted):
        short, registry = short_name(dependency), full_name(dependency)
        own = self.by_registry.get(registry)
        if own:
            short = own.name
        self._require(name, short, wanted)
        local = wanted.get("override_path") or (wanted.get("path") if "git" not in wanted else None)
        listed = self.listed.get(short)
        if listed and registry not in (f"{DEFAULT_NAMESPACE}/{short}", f"{short}/{short}"):
            listed = None
        if short in self.components:
            if own and self.components[short] == own.folder and not local:
                self._check_version(manifest, dependency, wanted.get("version"), own.version)
            return
        if local:
            folder = (manifest.parent / self._expand(local, manifest)).resolve()
            if (folder / "CMakeLists.txt").is_file():
                self.add(short, folder)
                return
            if not own and not listed:
                raise ComponentError(f"{manifest}: dependency '{dependency}': override_path {folder} holds no component")
        managed = self._managed(manifest, dependency)
        if own and "git" not in wanted:
            self._check_version(manifest, dependency, wanted.get("version"), own.version)
            self.add(short, own.folder)
        elif listed and listed.here:
            self._check_version(manifest, dependency, wanted.get("version"), listed.version)
        elif managed:
            self.add(short, managed)
        elif listed:
            raise ComponentError(idf_components.absent_message(str(manifest), listed))
        elif "git" in wanted:
            raise ComponentError(
                f"{manifest}: dependency '{dependency}' comes from git ({wanted['git']}), and nothing is downloaded here. Clone it into the "
                f"project's components/{short}, or give it an override_path."
            )
        else:
            raise ComponentError(
                f"{manifest}: dependency '{dependency}' is not known here, and nothing is downloaded. Put the component into the project's "
                f"components/{short} or managed_components/, or give it an override_path."
            )

    def _managed(self, manifest, dependency):
        """What the component manager has downloaded: beside the component that asks, or in the project."""
        folders = [manifest.parent.parent, manifest.parent.parent / "managed_components"]
        if "main" in self.components:
            folders.append(self.components["main"].parent / "managed_components")
        for folder in folders:
            for name in (full_name(dependency).replace("/", "__"), dependency.replace("/", "__")):
                if "__" in name and (folder / name / "CMakeLists.txt").is_file():
                    return (folder / name).resolve()
        return None


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


ASSIGNMENT = re.compile(r"^CONFIG_(\w+)=(.*)$")


def read_config(files):
    """The assignments of sdkconfig files, as far as conditions may ask for them before Kconfig has run."""
    values = {}
    for file in files:
        if file.is_file():
            for line in file.read_text(errors="replace").splitlines():
                match = ASSIGNMENT.match(line.strip())
                if match:
                    values[match[1]] = match[2]
    return values


def list_lines(listed):
    """What cmake/build.cmake asks about ESP-IDF's components."""
    lines = [f'set(DESKBOARD_IDF_COMPONENTS "{";".join(name for name, e in listed.items() if e.here)}")\n']
    lines += [f'set(DESKBOARD_ABSENT_{name} [[{e.what}. {idf_components.advice(name)}]])\n' for name, e in listed.items() if not e.here]
    return lines


def libraries(args):
    """For the build of the libraries: the components whose Debian packages are all installed."""
    lines = list_lines(idf_components.read_list(args.root))
    for file in sorted((args.root / "components").glob("*/CMakeLists.txt")):
        provided = Provided(file.parent)
        absent = bootstrap.missing_names(provided.packages) if provided.packages else []
        if args.cross and provided.packages:
            print(f"note: {provided.name} is left out of the libraries' build: this machine's packages are none of the target's", file=sys.stderr)
        elif absent:
            print(f"note: {provided.name} is left out of the libraries' build: not installed: {' '.join(absent)}", file=sys.stderr)
        else:
            lines.append(f'_deskboard_add_component_dir("{provided.name}" "{provided.folder}")\n')
    write(args.out, lines)
    return 0


def write(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines))


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--libraries", action="store_true")
    parser.add_argument("--cross", action="store_true", help="the libraries are for another machine")
    parser.add_argument("--target")
    parser.add_argument("--project", type=Path)
    parser.add_argument("--extra", action="append", default=[], type=Path)
    parser.add_argument("--config", action="append", default=[], type=Path, help="sdkconfig files, for conditions")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)

    try:
        if args.libraries:
            return libraries(args)
        resolver = Resolver(args.root, args.target, idf_components.read_list(args.root), read_config(args.config))
        if not (args.project / "main" / "CMakeLists.txt").is_file():
            raise ComponentError(f"{args.project} has no main/CMakeLists.txt: it is no firmware project")
        resolver.add("main", args.project / "main", root=True)
        if (args.project / "components").is_dir():
            resolver.add_folder(args.project / "components", root=True)
        for folder in args.extra:
            resolver.add_folder((args.project / folder).resolve(), root=True)
        resolver.read_overrides([folder / "idf_component.yml" for folder in resolver.components.values()])
        resolver.read_manifests()
        for provided in resolver.provided.values():
            resolver.add(provided.name, provided.folder)
        resolver.read_manifests()
        lines = list_lines(resolver.listed)
        lines += [f'_deskboard_add_component_dir("{name}" "{folder}")\n' for name, folder in resolver.components.items()]
        for name, required in resolver.requires.items():
            for public, kind in ((True, "MANAGED_REQUIRES"), (False, "MANAGED_PRIV_REQUIRES")):
                some = dict.fromkeys(r for r, p in required if p == public)
                if some:
                    lines.append(f'_deskboard_set_component("{name}" {kind} "{";".join(some)}")\n')
        for name, provided in resolver.provided.items():
            if provided.packages and resolver.components.get(name) == provided.folder:
                lines.append(f'_deskboard_set_component("{name}" PACKAGES "{";".join(provided.packages)}")\n')
        for name, folder in resolver.published.items():
            seen = make_tree(args.out.parent / "published" / name, folder, resolver.components[name])
            lines.append(f'_deskboard_set_component("{name}" PUBLISHED_DIR "{seen}")\n')
    except (ComponentError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2

    lines.append(f'set(DESKBOARD_PROJECT_ROOTS "{";".join(resolver.roots)}")\n')
    inputs = resolver.inputs + [f for p in resolver.provided.values() for f in [p.folder / "deskboard.yml"] if f.is_file()]
    lines.append(f'set(DESKBOARD_MANIFESTS "{";".join(map(str, inputs))}")\n')
    write(args.out, lines)
    for note in dict.fromkeys(resolver.notes):
        print(f"note: {note}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
