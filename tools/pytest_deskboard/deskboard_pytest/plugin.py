"""Options, markers and fixtures of pytest-embedded, as far as they mean something without a board on the desk."""

import os
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

from .dut import IdfDut

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools" / "fw"))

# Of the serial line, the flasher and the report: accepted, since a project's pytest.ini has them, and without a meaning here.
WITHOUT_MEANING = (
    "embedded-services", "skip-check-coredump", "port", "baud", "part-tool", "erase-all", "skip-autoflash", "check-duplicates", "prettify-junit-report",
    "with-timestamp", "root-logdir", "cache-dir", "logfile-extension", "confirm-target-elf-sha256", "beta-target", "add-target-as-marker",
    "port-location", "port-target-cache", "esptool-baud", "panic-output-decode-script", "encrypt", "keyfile", "count", "parallel-count", "parallel-index",
)


def pytest_addoption(parser):
    group = parser.getgroup("deskboard")
    group.addoption("--target", help="the chip, e.g. esp32s3 (default: that of --board, or the project's)")
    group.addoption("--board", help="the emulated board (default: the first one with the chip)")
    group.addoption("--app-path", help="the project (default: the folder of the test)")
    group.addoption("--build-dir", help="the build folder (default: fw's)")
    for name in WITHOUT_MEANING:
        group.addoption(f"--{name}", help="accepted, without a meaning here")


# Before a project's conftest.py, which may ask for the chip.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    for marker in ("target(name)", "env(name)", "config(name)", "app_path(path)", "timeout(seconds)", "generic", "supported_targets", "host_test",
                   "temp_skip_ci(targets, reason)", "temp_skip(targets, reason)", "nightly_run", "esp32", "esp32s2", "esp32s3", "esp32c3", "esp32c5",
                   "esp32c6", "esp32h2", "esp32p4", "linux", "qemu"):
        config.addinivalue_line("markers", f"{marker}: of pytest-embedded")
    if not config.getoption("target"):
        config.option.target = chip_of(config.getoption("board"))


def pytest_collection_modifyitems(config, items):
    """Tests of other chips are not for this run. A test that names none is for every one."""
    chip = config.getoption("target")

    def meant(item):
        chips = {marker.args[0] for marker in item.iter_markers("target") if marker.args}
        return not chips or chip in chips

    others = [item for item in items if not meant(item)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if meant(item)]


def chip_of(board):
    import boards

    return boards.load(ROOT / "boards", board or boards.DEFAULT_BOARD).chip


class App:
    """A project, built and flashed by fw: the program and what is known of it."""

    def __init__(self, folder, board, defaults=None, build_dir=None):
        import project

        self.app_path = str(folder)
        command = [sys.executable, "-B", str(ROOT / "tools" / "fw" / "main.py"), "flash", str(folder), "--board", board]
        self.build_dir = build_dir
        if build_dir:
            command += ["-B", str(build_dir)]
        if defaults:
            command += ["-D", "SDKCONFIG_DEFAULTS=" + ";".join(defaults)]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode:
            pytest.fail(f"{folder} cannot be built for {board}:\n{result.stdout}", pytrace=False)
        args = types.SimpleNamespace(app=str(folder), board=board, build_dir=build_dir and str(build_dir))
        built = project.Project(args)
        self.build_dir = self.binary_path = str(built.build_dir)
        self.elf_file = str(built.program)
        self.target = built.board.chip
        self.board = board
        self.command = [self.elf_file, "--flash-file", str(built.flash_file)]
        if built.board.sdcard:
            built.sdcard.mkdir(exist_ok=True)
            self.command += ["--sdcard", str(built.sdcard)]
        self.environment = dict(os.environ)

    @property
    def sdkconfig(self):
        """The configuration, without CONFIG_ before the names."""
        values = {}
        header = Path(self.build_dir, "config", "sdkconfig.h")
        for name, value in re.findall(r"^#define CONFIG_(\w+) (.*)$", header.read_text(), re.MULTILINE):
            values[name] = value.strip('"') if value.startswith('"') else int(value, 0) if re.fullmatch(r"-?(0x[0-9a-fA-F]+|\d+)", value) else value
        return values


@pytest.fixture
def test_file_path(request):
    return str(request.node.path)


@pytest.fixture
def test_case_name(request):
    return request.node.name


@pytest.fixture
def target(request):
    return getattr(request, "param", None) or request.config.getoption("target")


@pytest.fixture
def config(request):
    """The name of a configuration: sdkconfig.ci.NAME."""
    marker = request.node.get_closest_marker("config")
    return getattr(request, "param", None) or (marker.args[0] if marker else "default")


@pytest.fixture
def app_path(request, test_file_path):
    marker = request.node.get_closest_marker("app_path")
    return getattr(request, "param", None) or (marker.args[0] if marker else request.config.getoption("app_path") or os.path.dirname(test_file_path))


@pytest.fixture
def build_dir(request):
    return getattr(request, "param", None)


@pytest.fixture
def app(request, app_path, config, target):
    import boards

    board = request.config.getoption("board") or boards.first_with(ROOT / "boards", target)
    folder = Path(app_path)
    folder = folder if folder.is_absolute() else Path(request.node.path).parent / folder
    build = request.config.getoption("build_dir")
    defaults = None
    if (folder / f"sdkconfig.ci.{config}").is_file():
        defaults = [name for name in ("sdkconfig.defaults", f"sdkconfig.ci.{config}") if (folder / name).is_file()]
        build = build or folder / "build" / f"{board}-{config}"
    return App(folder, board, defaults, build)


@pytest.fixture
def dut(app):
    device = IdfDut(app)
    yield device
    device.close()


@pytest.fixture
def serial(dut):
    return dut.serial


@pytest.fixture
def unity_tester(dut):
    from pytest_embedded_idf import CaseTester

    return CaseTester(dut)
