"""`fw export-idf`: an app with all that it needs, as a project for ESP-IDF. The app's own build says which components and models that are.

Components are written into components/ of the new project. What stands here for a component of the registry is left out: the manifest
of the component that needs it names it, and ESP-IDF's component manager downloads it (docs/esp-idf.md).
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import bootstrap
import components
import project
from console import Failure, say
from project import ROOT, Project, relative

# What builds, runs and the component manager leave in a project's folder.
LEFT_BEHIND = ("build", "managed_components", "dependencies.lock", "sdkconfig", "sdkconfig.old", "sdcard", ".vscode", ".cache")
EXTRA_DIRS = re.compile(r"^[ \t]*(?:set|list)\s*\(\s*(?:(?:APPEND|PREPEND)\s+)?EXTRA_COMPONENT_DIRS\b[^)]*\)[^\n]*\n", re.MULTILINE)
LOCATION = re.compile(r"^CONFIG_\w+_MODEL_IN_(?:FLASH_RODATA|FLASH_PARTITION|SDCARD)=y$", re.MULTILINE)


class Exported:
    """A component of the new project: where it comes from, and whether it is this repository's."""

    def __init__(self, name, folder, app):
        self.name, self.folder = name, Path(folder)
        self.own = ROOT in self.folder.parents and app not in self.folder.parents
        shared = self.folder.parent == ROOT / "components"
        self.registry = shared and components.Provided(self.folder).registry
        self.managed = self.folder.parent.name == "managed_components"


def copy_tree(source, target, skip=()):
    """A folder without what is in `skip`. Links become what they point to."""

    def ignored(folder, names):
        for name in names:
            path = Path(folder) / name
            if path.is_symlink() and path.is_dir() and path.resolve() in (Path(folder).resolve(), *Path(folder).resolve().parents):
                raise OSError(f"{path}: the link leads back to a folder above it")
        return {name for name in names if Path(folder) / name in skip or name in (".git", "__pycache__")}

    shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)


def write_manifest(file, exported):
    """The manifest without the components that lie in the new project: ESP-IDF finds those by their folders."""
    import yaml

    content = components.load_yaml(file)
    dependencies = content.get("dependencies")
    if not isinstance(dependencies, dict):
        return
    names = {component.name for component in exported}
    kept = {}
    for name, wanted in dependencies.items():
        if name != "idf" and components.short_name(str(name)) in names:
            continue
        if isinstance(wanted, dict):
            # It leads to this checkout.
            wanted = {key: value for key, value in wanted.items() if key != "override_path"}
        kept[name] = wanted
    content["dependencies"] = kept
    if not kept:
        del content["dependencies"]
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120) if content else "")


def write_accessors(folder):
    """The accessors of the .espdl schema with the FlatBuffers headers that match them: no flatc is needed for a build, and no library."""
    flatc, headers = shutil.which("flatc"), Path("/usr/include/flatbuffers")
    if not flatc or not headers.is_dir():
        raise Failure("flatc or its headers are missing: apt-get install flatbuffers-compiler libflatbuffers-dev")
    generated = folder / "generated"
    generated.mkdir()
    # The schema of ESP-DL 3.0's files, made as the component's CMakeLists.txt makes it.
    schema, of_bytes = folder / "espdl.fbs", generated / "espdl_bytes.fbs"
    text = schema.read_text().replace("namespace espdl;", "namespace espdl_bytes;")
    of_bytes.write_text(text.replace("raw_data: [AlignedBytes]", "raw_data: [ubyte]"))
    made = subprocess.run([flatc, "--cpp", "--scoped-enums", "-o", str(generated), str(schema), str(of_bytes)], capture_output=True, text=True)
    of_bytes.unlink()
    if made.returncode:
        raise Failure(f"flatc does not take {folder / 'espdl.fbs'}: {(made.stderr or made.stdout).strip()}", code=1)
    needed = {"flatbuffers.h"}
    while True:
        text = "".join((headers / name).read_text() for name in needed)
        more = {name for name in re.findall(r'#include "flatbuffers/([\w.]+)"', text) if (headers / name).is_file()}
        if more <= needed:
            break
        needed |= more
    (generated / "flatbuffers").mkdir()
    for name in needed:
        shutil.copyfile(headers / name, generated / "flatbuffers" / name)
    licence = Path("/usr/share/doc/libflatbuffers-dev/copyright")
    if licence.is_file():
        shutil.copyfile(licence, generated / "flatbuffers" / "copyright")


def write_component(component, target, description, exported):
    if component.own and component.name != "main":
        # Of the models, those that the build has found.
        skip = {component.folder / "models"} if any(m["component"] == component.name for m in description["models"]) else set()
        copy_tree(component.folder, target, skip | {component.folder / "deskboard.yml"})
        shutil.copyfile(ROOT / "LICENSE", target / "LICENSE")
    else:
        copy_tree(component.folder, target)
    for model in description["models"]:
        if model["component"] == component.name:
            (target / model["path"]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(model["file"], target / model["path"])
    if component.name == "fbs_loader" and component.own:
        write_accessors(target)
    manifest = target / "idf_component.yml"
    if manifest.is_file():
        write_manifest(manifest, exported)


def write_configuration(app, target, location):
    """sdkconfig.defaults: the chip, what the board needs, what the project says; and the models' place, where the command line names it."""
    own = target / "sdkconfig.defaults"
    text = own.read_text() if own.is_file() else ""
    lines = [f"# {app.board.title}\n"]
    if not re.search(r"^CONFIG_IDF_TARGET=", text, re.MULTILINE):
        lines.append(f'CONFIG_IDF_TARGET="{app.board.chip}"\n')
    board = ROOT / "boards" / app.board.name / "sdkconfig.defaults"
    if board.is_file():
        lines.append(board.read_text())
    if text and not text.endswith("\n"):
        text += "\n"
    if location:
        text += "".join(line + "\n" for line in LOCATION.findall((app.build_dir / "config" / "sdkconfig").read_text()))
    own.write_text("".join(lines) + text)
    special = target / f"sdkconfig.defaults.{app.board.name}"
    if special.is_file():
        with open(target / f"sdkconfig.defaults.{app.board.chip}", "a") as file:
            file.write(special.read_text())
        special.unlink()
    own_sdkconfig = app.dir / "sdkconfig"
    if own_sdkconfig.is_file() and f'CONFIG_IDF_TARGET="{app.board.chip}"' in own_sdkconfig.read_text(errors="replace"):
        shutil.copyfile(own_sdkconfig, target / "sdkconfig")


def write_readme(app, target, has_card):
    text = f"""# {app.name} for ESP-IDF

Written by `fw export-idf {app.name} --board {app.board.name}`, for the {app.board.chip}.

```
idf.py set-target {app.board.chip}
idf.py build flash monitor
```

The components and models lie in `components/`; what the `idf_component.yml` files name is downloaded by the component manager.
"""
    if has_card:
        text += "\nThe SD card holds what is in `sdcard/`.\n"
    if not (target / "README.md").exists():
        (target / "README.md").write_text(text)


def write_project(app, description, target, location, skip):
    folders = dict(zip(description["build_components"], description["build_component_dirs"]))
    every = [Exported(name, folder, app.dir) for name, folder in folders.items()]
    exported = [c for c in every if not c.registry and not c.managed]
    nested = {c.folder for c in exported if c.name != "main" and app.dir in c.folder.parents}
    copy_tree(app.dir, target, skip | nested | {app.dir / name for name in ("main", *LEFT_BEHIND)})
    top = target / "CMakeLists.txt"
    top.write_text(re.sub(r"\n{3,}", "\n\n", EXTRA_DIRS.sub("", top.read_text())))
    for component in exported:
        place = target / "main" if component.name == "main" else target / "components" / component.name
        if component.name != "main" and place.exists():
            raise Failure(f"{relative(app.dir)}: components/{component.name} is there twice, from {component.folder} too")
        write_component(component, place, description, exported)
    for entry in description["sdcard_files"]:
        (target / "sdcard" / entry["path"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(entry["file"], target / "sdcard" / entry["path"])
    write_configuration(app, target, location)
    write_readme(app, target, bool(description["sdcard_files"]))


def export_idf(args):
    target = Path(args.output).resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Failure(f"{args.output} is there already, and no empty folder")
    app = Project(args)
    if app.dir == target or target in app.dir.parents:
        raise Failure(f"{args.output} holds the project itself")
    bootstrap.require_cmake()
    # The configuration answers; nothing is compiled.
    with project.folder_lock(app.build_dir, app.name):
        app.configure(force=True)
    description = app.description()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise Failure(f"{args.output} cannot be written: {error.strerror}") from None
    try:
        write_project(app, description, staged, getattr(args, "model_location", None), {staged, target})
        staged.chmod(0o755)
        os.replace(staged, target)
    except (OSError, UnicodeDecodeError, components.ComponentError) as error:
        reason = error.args[0] if isinstance(error, shutil.Error) else error
        if isinstance(reason, list):
            reason = f"{reason[0][0]}: {reason[0][2]}"
        raise Failure(f"{app.name} is not exported: {reason}", code=1) from None
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    say(f"{relative(target)}: idf.py set-target {app.board.chip}, then idf.py build")
