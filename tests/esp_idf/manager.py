#!/usr/bin/env python3
"""What the component manager does before a build: manager.py ROOT SYSROOT PROJECT TARGET OUT.

Checks the manifests, makes a folder of headers for every component of ESP-IDF and for each of the registry's that the manifests name, and
writes OUT/components.cmake: the folders, and what is added to the components' requirements.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools" / "fw")]
sys.dont_write_bytecode = True

import manifest  # noqa: E402
import rules  # noqa: E402
import versions  # noqa: E402
import yaml  # noqa: E402


def rows(name):
    for line in (HERE / name).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield [field.strip() for field in line.split("|")]


class Manager:
    def __init__(self, root, sysroot, project, target, out):
        self.root, self.sysroot, self.project, self.target, self.out = root, sysroot, project, target, out
        self.registry = {name: (version, requires, headers) for name, version, requires, headers in rows("registry.txt")}
        self.lines, self.managed, self.failed = [], {}, []

    def make(self, name, requires, headers, kind):
        """A component of headers alone."""
        folder = self.out / kind / name
        include = folder / "include"
        include.mkdir(parents=True, exist_ok=True)
        for header in headers.split():
            place, _, path = header.rpartition(":")
            if place == "component":
                for file in (self.root / "components" / path / "include").iterdir():
                    self.link(include / file.name, file)
            else:
                self.link(include / path, (self.sysroot if place == "sysroot" else self.root / "hal" / "include") / path)
        (folder / "CMakeLists.txt").write_text(f'idf_component_register(INCLUDE_DIRS include REQUIRES {requires})\n')
        self.lines.append(f'__component_add("{folder}" {kind})\n')

    @staticmethod
    def link(at, to):
        at.parent.mkdir(parents=True, exist_ok=True)
        at.unlink(missing_ok=True)
        at.symlink_to(to)

    def read(self, folder, local):
        file = folder / "idf_component.yml"
        if not file.is_file():
            return
        content = yaml.safe_load(file.read_text()) or {}
        wrong = manifest.errors(content)
        if wrong:
            self.failed += [f"{file}: {reason}" for reason in wrong]
            return
        targets = content.get("targets", [])
        if targets and self.target not in targets:
            self.failed.append(f"{file}: is not for {self.target}")
        for name, wanted in content.get("dependencies", {}).items():
            wanted = {"version": wanted} if isinstance(wanted, str) else wanted
            if all(rules.holds(c["if"], self.target, {}) for c in wanted.get("rules", [])):
                self.resolve(file, folder.name, name, wanted, local)

    def resolve(self, file, component, name, wanted, local):
        version = wanted.get("version", "*")
        if name == "idf":
            if not versions.holds(version, "5.5.0"):
                self.failed.append(f"{file}: does not take ESP-IDF 5.5")
            return
        full = name if "/" in name else f"espressif/{name}"
        short = full.split("/")[1]
        if "path" in wanted or "override_path" in wanted:
            self.failed.append(f"{file}: {name} leads out of the component")
            return
        built = short if short in local else full.replace("/", "__")
        if short not in local:
            if full not in self.registry:
                self.failed.append(f"{file}: {full} is no component of the registry that is known here")
                return
            there = self.registry[full][0]
            if not versions.holds(version, there):
                self.failed.append(f"{file}: {full} {version}: there is {there}")
            self.managed[full] = built
        kind = "MANAGED_REQUIRES" if wanted.get("public") or wanted.get("require") == "public" else "MANAGED_PRIV_REQUIRES"
        self.lines.append(f'__component_append({component} {kind} "{built}")\n')

    def run(self):
        for name, requires, headers in rows("components.txt"):
            self.make(name, requires, headers, "idf_components")
        folders = [self.project / "main", *sorted(p.parent for p in (self.project / "components").glob("*/CMakeLists.txt"))]
        local = {folder.name for folder in folders}
        for folder in folders:
            self.lines.append(f'__component_add("{folder}" project_components)\n')
        for folder in folders:
            self.read(folder, local)
        for full, built in self.managed.items():
            _, requires, headers = self.registry[full]
            self.make(built, requires, headers, "managed_components")
        for reason in self.failed:
            print(reason, file=sys.stderr)
        (self.out / "components.cmake").write_text("".join(sorted(self.lines, key=lambda line: "_append" in line)))
        return 1 if self.failed else 0


if __name__ == "__main__":
    out = Path(sys.argv[5])
    out.mkdir(parents=True, exist_ok=True)
    sys.exit(Manager(*(Path(a) for a in sys.argv[1:4]), sys.argv[4], out).run())
