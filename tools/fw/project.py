"""A firmware project on a board: where it lies, where it is built, how it is configured and built."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import boards
import bootstrap
import console
import diagnostics
import freshness
import idf_components
import model_chip
import toolchains
from console import Failure

ROOT = Path(__file__).resolve().parents[2]
HOST_BUILD = Path(os.environ.get("DESKBOARD_HOST_BUILD") or ROOT / "build" / "host")
SANITIZERS = {"asan": "address,undefined", "tsan": "thread"}


def host_build(sanitizer=None, toolchain=None):
    """Where the libraries are built: those with a sanitizer, or for another machine, lie beside the others."""
    if toolchain:
        return toolchain.build
    if not sanitizer or HOST_BUILD.name.endswith(f"-{sanitizer}"):
        return HOST_BUILD
    return HOST_BUILD.with_name(f"{HOST_BUILD.name}-{sanitizer}")


def sanitizer_of(args):
    return next((name for name in SANITIZERS if getattr(args, name, False)), None)


def find(name):
    """An app's name or a folder -> the project's folder."""
    candidates = [Path(name)] if name else [Path.cwd()]
    if name and "/" not in name:
        candidates = [ROOT / "apps" / name, ROOT / "examples" / name] + candidates
    for folder in candidates:
        if (folder / "CMakeLists.txt").is_file() and (folder / "main" / "CMakeLists.txt").is_file():
            return folder.resolve()
    known = ", ".join(available())
    if not name:
        raise Failure(f"this folder is no firmware project; name an app ({known}) or the folder of a project")
    raise Failure(f"'{name}' is neither an app ({known}) nor a folder with CMakeLists.txt and main/CMakeLists.txt")


def available():
    return [p.parents[1].name for pattern in ("apps/*/main/CMakeLists.txt", "examples/*/main/CMakeLists.txt") for p in sorted(ROOT.glob(pattern))]


def build_environment(host=HOST_BUILD):
    """The environment of every build: IDF_PATH, and a `python` for component files that call it so."""
    env = dict(os.environ)
    env["IDF_PATH"] = str(ROOT / "cmake" / "idf")
    env["DESKBOARD_HOST_BUILD"] = str(host)
    env["PATH"] = env["PATH"] + os.pathsep + str(ROOT / "tools" / "fw" / "bin")
    for name in ("DESKBOARD_BOARD", "DESKBOARD_MODEL", "DESKBOARD_MODEL_LOCATION"):
        env.pop(name, None)
    return env


@contextlib.contextmanager
def folder_lock(folder, what, does="builds"):
    """One process at a time configures and builds in a folder. Who has to wait says so after a second."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "a") as lock:
        patience = time.monotonic() + 1
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() < patience:
                    time.sleep(0.05)
                    continue
                console.note(f"waiting for another fw that {does} {what} ({relative(folder)})")
                fcntl.flock(lock, fcntl.LOCK_EX)
                break
        yield


def host_lock(build_dir=HOST_BUILD):
    """The same for the libraries (cmake/project.cmake takes the same lock)."""
    return folder_lock(build_dir, "the libraries")


# What CMake's lists, file patterns and generated files take for something else.
UNUSABLE = re.compile(r'["$;#\\*?\[\]\n\r]')


def check_path(path, what):
    found = UNUSABLE.search(str(path))
    if found:
        character = {"\n": "a line feed", "\r": "a carriage return"}.get(found[0], f"the character {found[0]}")
        raise Failure(f"{what} {str(path)!r} has {character} in its path, which CMake cannot build; rename or move it")


def build_command(folder, targets):
    """What `cmake --build` would run in the folder. It does nothing else than look the program up, but its own start is a
    tenth of the time that `fw run` takes where nothing has changed."""
    cache = folder / "CMakeCache.txt"
    found = re.search(r"^CMAKE_MAKE_PROGRAM:\w+=(.+)$", cache.read_text(), re.MULTILINE) if cache.is_file() else None
    if found and os.access(found[1], os.X_OK):
        return [found[1], *targets]
    return ["cmake", "--build", ".", "--target", *targets]


# (build folder, target) of what this process has built.
built = set()


def build_libraries(targets=("deskboard-sdk",), verbose=False, settings=(), sanitizer=None, toolchain=None, title="Libraries"):
    """Builds what every project links, once for all of them. New settings stay with the build folder."""
    if toolchain:
        toolchain.prepare()
        # The tools of the build run here.
        build_libraries(targets=("deskboard-tools",), verbose=verbose)
    host = host_build(sanitizer, toolchain)
    check_path(ROOT, "the checkout")
    check_path(host, "the build folder of the libraries")
    with host_lock(host):
        cache = host / "CMakeCache.txt"
        known = cache.read_text() if cache.exists() else ""
        new = [f"-D{name}={value}" for name, value in settings if f"{name}:BOOL={value}" not in known]
        if new or not (host / "build.ninja").exists():
            bootstrap.require_cmake()
            console.note(f"Configuring the libraries in {relative(host)}")
            if sanitizer:
                new.append(f"-DDESKBOARD_SANITIZE={SANITIZERS[sanitizer]}")
            if toolchain:
                new.append(f"-DCMAKE_TOOLCHAIN_FILE={toolchain.file}")
            console.run_quiet(
                "Configuring the libraries",
                ["cmake", "-G", "Ninja", "-S", str(ROOT), "-B", str(host), "-DCMAKE_BUILD_TYPE=Release"] + new,
                source=ROOT,
                env=build_environment(host),
                verbose=verbose,
            )
        command = build_command(host, targets)
        if verbose or not freshness.is_fresh(host, command):
            started = time.time_ns()
            if console.run_build(title, command, source=ROOT, env=build_environment(host), verbose=verbose, cwd=host):
                raise Failure("the libraries do not build", code=1)
            freshness.note_build(host, command, started)
        built.update((host, target) for target in targets)


def predictor(sanitizer=None):
    """The program that predicts the chip's time: `espdl predict` alone, built in a fraction of the time."""
    return host_build(sanitizer) / "tools" / "espdl" / "espdl-predict"


def relative(path):
    try:
        return Path(path).resolve().relative_to(Path.cwd())
    except ValueError:
        return Path(path)


class Project:
    def __init__(self, args):
        self.dir = find(args.app)
        defined = dict(self._definition(text) for text in getattr(args, "define", []))
        try:
            self.board = boards.choose(ROOT / "boards", self.dir, args.board, defined.get("IDF_TARGET") or os.environ.get("IDF_TARGET"))
        except boards.BoardError as error:
            raise Failure(str(error)) from None
        self.name = self.dir.name
        self.sanitizer = sanitizer_of(args)
        self.toolchain = toolchains.find(getattr(args, "toolchain", None))
        if getattr(args, "coverage", False):
            self.native_only("fw coverage")
        # With a sanitizer, counting lines, or for another machine, a project has a build folder of its own.
        self.flavour = "coverage" if getattr(args, "coverage", False) else self.toolchain.name if self.toolchain else self.sanitizer
        folder = f"{self.board.name}-{self.flavour}" if self.flavour else self.board.name
        if ROOT in self.dir.parents:
            default = ROOT / "build" / folder / self.name
        else:
            default = self.dir / "build" / folder
        self.build_dir = Path(args.build_dir).resolve() if getattr(args, "build_dir", None) else default
        check_path(self.dir, "the project")
        check_path(self.build_dir, "the build folder")
        self.verbose = getattr(args, "verbose", False)
        self.keep_going = getattr(args, "keep_going", False)
        self.error_file = self.build_dir / "deskboard-error.txt"
        self.settings = {
            "DESKBOARD_BOARD": self.board.name,
            "DESKBOARD_MODEL": self._model(getattr(args, "model", None)),
            "DESKBOARD_MODEL_LOCATION": self._model_location(getattr(args, "model_location", None)),
            "DESKBOARD_HOST_BUILD": str(host_build(self.sanitizer, self.toolchain)),
            "DESKBOARD_TOOLS_BUILD": str(HOST_BUILD) if self.toolchain else "",
            "DESKBOARD_COVERAGE": "ON" if self.flavour == "coverage" else "",
            **{name: value for name, value in defined.items() if name != "IDF_TARGET"},
        }

    @staticmethod
    def _definition(text):
        name, separator, value = text.partition("=")
        name = name.partition(":")[0]
        if not separator or not name:
            raise Failure(f"-D {text}: it is -D NAME=VALUE")
        return name, value

    @staticmethod
    def _model(name):
        if not name:
            return ""
        path = Path(name).resolve()
        if not path.is_file():
            raise Failure(f"--model {name}: there is no such file")
        check_path(path, "the model")
        return str(path)

    def native_only(self, what):
        """For what looks into a program of this machine."""
        if self.toolchain:
            raise Failure(f"{what} is for programs of this machine, not with --toolchain")

    def _model_location(self, name):
        if not self.toolchain or not self.toolchain.bare:
            return name or ""
        if name not in (None, "rodata"):
            raise Failure(f"--model-location {name}: {self.toolchain.name} has no storage, its model lies in rodata")
        return "rodata"

    @property
    def flash_file(self):
        return self.build_dir / "flash.bin"

    @property
    def sdcard(self):
        return self.build_dir / "sdcard"

    def description(self):
        """project_description.json of the last build."""
        path = self.build_dir / "project_description.json"
        if not path.is_file():
            option = f" --toolchain {self.toolchain.name}" if self.toolchain else f" --{self.sanitizer}" if self.sanitizer else ""
            raise Failure(f"{self.name} has not been built for {self.board.name}{option}: fw build {self.name} --board {self.board.name}{option}")
        return json.loads(path.read_text())

    @property
    def program(self):
        return self.build_dir / self.description()["app_elf"]

    def emulator(self):
        """The command that runs the program, in front of it; empty for a program of this machine."""
        return self.description()["emulator"]

    def environment(self):
        return build_environment(host_build(self.sanitizer, self.toolchain))

    def refuse_a_copied_build(self):
        """CMake takes no build folder that came along when its project was copied or moved."""
        cache = self.build_dir / "CMakeCache.txt"
        found = re.search(r"^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$", cache.read_text(), re.MULTILINE) if cache.is_file() else None
        if found and found[1] != str(self.dir):
            raise Failure(f"{self.build_dir} was configured for {found[1]}, not for {self.dir}; remove it, or name another with -B DIR")

    def configure(self, force=False):
        stamp = self.build_dir / ".fw-settings.json"
        # Not a variable of CMake's, but the models that it finds depend on it.
        surroundings = {"source": str(self.dir), "testdata": os.environ.get("DESKBOARD_TESTDATA", "")}
        settings = json.dumps({**surroundings, **self.settings}, indent=1, sort_keys=True)
        current = stamp.is_file() and stamp.read_text() == settings and (self.build_dir / "build.ninja").is_file()
        if current and not force:
            return
        self.build_dir.mkdir(parents=True, exist_ok=True)
        earlier = json.loads(stamp.read_text()) if stamp.is_file() else {}
        self.refuse_a_copied_build()
        if earlier and earlier.get("DESKBOARD_HOST_BUILD") != self.settings["DESKBOARD_HOST_BUILD"]:
            # Other libraries, another compiler or other sanitizers: CMake keeps those that it has found first.
            (self.build_dir / "CMakeCache.txt").unlink(missing_ok=True)
        stamp.unlink(missing_ok=True)
        console.run_quiet(
            f"Configuring {self.name}",
            ["cmake", "-G", "Ninja", "-S", str(self.dir), "-B", str(self.build_dir)] + [f"-D{k}={v}" for k, v in self.settings.items()],
            source=self.dir,
            env=self.environment(),
            verbose=self.verbose,
            error_file=self.error_file,
        )
        stamp.write_text(settings)

    def build(self, target="all"):
        # Before minutes are spent on the libraries.
        self.build_dir.mkdir(parents=True, exist_ok=True)
        if not os.access(self.build_dir, os.W_OK):
            raise Failure(f"{self.build_dir} cannot be written; name another build folder with -B DIR")
        targets = ["deskboard-sdk"]
        if not self.toolchain and predictor(self.sanitizer).exists():
            # Its first build waits until the app has run. Later it is one question to ninja less if it is asked here.
            targets.append(predictor(self.sanitizer).name)
        build_libraries(targets, verbose=self.verbose, sanitizer=self.sanitizer, toolchain=self.toolchain)
        with folder_lock(self.build_dir, self.name):
            self.configure()
            command = build_command(self.build_dir, [target])
            if self.verbose or not freshness.is_fresh(self.build_dir, command):
                self.run_build(command)
            for line in model_chip.warnings((self.build_dir / "build.ninja").read_text(), self.board.chip):
                console.warn(line)

    def run_build(self, command):
        options = []
        if self.keep_going:
            options = ["-k", "0"] if command[0] != "cmake" else ["--", "-k", "0"]
        env = dict(self.environment(), DESKBOARD_LIBRARIES_BUILT="1")
        absent = diagnostics.absent_headers(idf_components.read_list(ROOT))
        title = f"{self.name} for {self.board.name}"
        started = time.time_ns()
        code = console.run_build(title, command + options, self.dir, env=env, verbose=self.verbose, error_file=self.error_file, absent=absent,
                                 cwd=self.build_dir)
        if code:
            raise Failure(f"{self.name} does not build", code=2 if code == 2 else 1)
        freshness.note_build(self.build_dir, command, started)

    def clean(self, everything):
        if not self.build_dir.exists():
            return
        if everything:
            shutil.rmtree(self.build_dir)
        elif (self.build_dir / "build.ninja").exists():
            # Ninja's own cleaning would take the libraries along, which all projects share.
            targets = subprocess.run(["ninja", "-C", str(self.build_dir), "-t", "targets", "all"], stdout=subprocess.PIPE, text=True)
            for line in targets.stdout.splitlines():
                name, _, rule = line.rpartition(": ")
                file = self.build_dir / name
                if rule not in ("phony", "RERUN_CMAKE") and self.build_dir in file.parents and file.is_file():
                    file.unlink()
