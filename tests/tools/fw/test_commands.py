"""fw itself, as a person calls it."""

import contextlib
import io
import json
import os
import shutil
import sys
import unittest
from pathlib import Path
from unittest import mock

from support import ROOT, TemporaryFolder, fw, run

HOST = os.environ.get("DESKBOARD_HOST_BUILD")
HELLO = ROOT / "tests" / "apps" / "hello"


class Arguments(unittest.TestCase):
    def test_help_everywhere(self):
        top = fw("--help")
        self.assertEqual(top.returncode, 0)
        for command in ("boards", "build", "flash", "run", "monitor", "test", "clean", "fullclean", "size", "fit", "menuconfig",
                        "partition-table", "merge-bin", "erase-flash", "models"):
            with self.subTest(command=command):
                self.assertIn(command, top.stdout)
                result = fw(command, "--help")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("usage:", result.stdout)

    def test_boards(self):
        table = fw("boards")
        self.assertEqual(table.returncode, 0)
        self.assertRegex(table.stdout, r"esp32_p4_function_ev_board .*32 MB.*\(default\)")
        rows = json.loads(fw("boards", "--json").stdout)
        eye = next(r for r in rows if r["name"] == "esp32_s3_eye")
        self.assertEqual((eye["chip"], eye["flash"], eye["psram"]), ("esp32s3", 8 << 20, 8 << 20))

    def test_wrong_input_ends_with_2_and_says_why(self):
        for arguments, word in (
            (["run", "no_such_app"], "no_such_app"),
            (["run", str(HELLO), "--board", "toaster"], "toaster"),
            (["run", str(HELLO), "--board", "../boards/esp_box_3"], "there is no board '../boards/esp_box_3'"),
            (["run", str(HELLO), "--flash-file", "/no/such/folder/flash.bin"], "there is no folder /no/such/folder"),
            (["flash", str(HELLO), "--flash-file", "/no/such/folder/flash.bin"], "there is no folder /no/such/folder"),
            (["run", str(HELLO), "--model", "/no/such.espdl"], "/no/such.espdl"),
            (["fly"], "fly"),
            (["run", str(HELLO), "--model-location", "moon"], "moon"),
            (["monitor", str(HELLO), "-B", "/no/such/folder"], "has not been built"),
            (["models", "fetch", "--from", "/no/such/folder", "zebra"], "zebra"),
            (["run", str(HELLO), "--speed", "9"], "--speed"),
        ):
            with self.subTest(arguments=arguments):
                result = fw(*arguments)
                self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
                self.assertIn(word, result.stderr)
                self.assertNotIn("Traceback", result.stderr)

    def test_options_may_stand_before_the_app(self):
        result = fw("run", "--board", "toaster", str(HELLO))
        self.assertIn("there is no board 'toaster'", result.stderr)


class Habits(TemporaryFolder):
    """What idf.py has taught people."""

    def project(self):
        made = fw("create-project", "thing", "--path", self.dir / "thing")
        self.assertEqual(made.returncode, 0, made.stderr)
        return self.dir / "thing"

    def test_version(self):
        self.assertRegex(fw("--version").stdout, r"^Deskboard \d+\.\d+\.\d+\n$")

    def test_a_new_project(self):
        thing = self.project()
        self.assertIn("project(thing)", (thing / "CMakeLists.txt").read_text())
        again = fw("create-project", "thing", "--path", thing)
        self.assertEqual((again.returncode, len(again.stderr.splitlines())), (2, 1))
        self.assertEqual(fw("create-project", "a b").returncode, 2)

    def test_set_target(self):
        thing = self.project()
        (thing / "sdkconfig").write_text("old\n")
        result = fw("-C", thing, "set-target", "esp32s3")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("the board is esp32_s3_eye", result.stdout)
        self.assertEqual((thing / "sdkconfig").read_text(), 'CONFIG_IDF_TARGET="esp32s3"\n')
        self.assertEqual((thing / "sdkconfig.old").read_text(), "old\n")
        self.assertIn("has not been built for esp32_s3_eye", fw("monitor", thing).stderr)
        self.assertIn("has not been built for esp32_devkitc", fw("-DIDF_TARGET=esp32", "-C", thing, "monitor").stderr)
        self.assertIn("no board has the chip esp8266", fw("set-target", "esp8266", thing).stderr)

    def test_add_dependency(self):
        thing = self.project()
        for dependency, line in (
            ("espressif/esp-dl^3.1.0", '  espressif/esp-dl: "^3.1.0"\n'),
            ("cjson", '  espressif/cjson: "*"\n'),
            ("acme/rocket>=1.0,<2", '  acme/rocket: ">=1.0,<2"\n'),
            ("acme/boat==1.2.3", '  acme/boat: "1.2.3"\n'),
        ):
            with self.subTest(dependency=dependency):
                result = fw("add-dependency", dependency, thing)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(line, (thing / "main/idf_component.yml").read_text())
        again = fw("add-dependency", "espressif/cjson", thing)
        self.assertEqual((again.returncode, len(again.stderr.splitlines())), (2, 1))
        self.assertEqual(fw("add-dependency", "a/b^x", thing).returncode, 2)

    def test_chains(self):
        import main

        self.assertEqual(main.split_chain(["build", "flash", "monitor", "-b", "x"]), (["build", "flash", "monitor"], ["-b", "x"]))
        self.assertEqual(main.split_chain(["-C", "d", "-D", "A=1", "build", "run"]), (["build", "run"], ["-C", "d", "-D", "A=1"]))
        self.assertEqual(main.split_chain(["run", "yolo11_detect", "flash"]), (["run"], ["yolo11_detect", "flash"]))
        self.assertEqual(main.split_chain(["boards", "build"]), (["boards"], ["build"]))
        parsed = main.parse(main.make_parser(), ["build", "run"], ["app", "--image", "a.jpg", "-k"])
        self.assertEqual([a.app for a in parsed], ["app", "app"])
        self.assertEqual(parsed[1].image, ["a.jpg"])
        wrong = fw("build", "run", HELLO, "--speed", "9")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("--speed", wrong.stderr)
        self.assertIn("named twice", fw("-C", HELLO, "build", HELLO).stderr)


class Folders(TemporaryFolder):
    """Projects and build folders that cannot be built."""

    def project(self, folder):
        self.write(f"{folder}/CMakeLists.txt", "")
        self.write(f"{folder}/main/CMakeLists.txt", "")
        return self.dir / folder

    def assert_one_line(self, result, *words):
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_characters_that_cmake_cannot_have_in_a_path(self):
        for character in '"$;#\\*?[]':
            with self.subTest(character=character):
                self.assert_one_line(fw("build", self.project(f"a{character}b")), f"the character {character} in its path")
        self.assert_one_line(fw("build", self.project("fine"), "-B", self.dir / "b#c"), "the build folder", "the character #")

    @unittest.skipUnless(HOST and Path(HOST, "deskboard-libraries.cmake").exists(), "DESKBOARD_HOST_BUILD names no build of the libraries")
    def test_a_build_folder_that_cannot_be(self):
        project = self.project("fine")
        file = self.write("file", "")
        for folder in (file / "below", "/proc/nothing/here"):
            with self.subTest(folder=folder):
                self.assert_one_line(fw("build", project, "-B", folder, DESKBOARD_HOST_BUILD=HOST), str(folder).rsplit("/", 1)[0])

    @unittest.skipUnless(HOST and Path(HOST, "deskboard-libraries.cmake").exists(), "DESKBOARD_HOST_BUILD names no build of the libraries")
    def test_two_at_once_and_an_interruption(self):
        import fcntl
        import signal
        import subprocess

        (self.dir / "build").mkdir()
        with open(self.dir / "build" / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            env = dict(os.environ, DESKBOARD_HOST_BUILD=HOST)
            command = [sys.executable, "-B", ROOT / "tools/fw/main.py", "build", HELLO, "-B", self.dir / "build"]
            process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)
            lines = []
            for line in process.stderr:
                lines.append(line)
                if "waiting for another fw that builds hello" in line:
                    break
            process.send_signal(signal.SIGINT)
            rest = process.stderr.read()
            process.stderr.close()
            self.assertEqual(process.wait(), 130)
            self.assertIn("waiting for another fw", lines[-1])
            self.assertEqual(rest, "fw: interrupted\n")


class Bootstrap(TemporaryFolder):
    """On a machine where nothing can be installed: a PATH that holds little."""

    def setUp(self):
        super().setUp()
        for name in ("dpkg-query",):
            script = self.write(f"bin/{name}", "#!/bin/sh\nprintf 'install ok installed\\tpython3\\t\\n'\n")
            script.chmod(0o755)

    def fw(self, path, **environment):
        return run([sys.executable, "-B", ROOT / "tools/fw/main.py", "build", HELLO], PATH=path, **environment)

    def test_without_apt_it_names_the_packages_and_stops(self):
        result = self.fw(self.dir / "bin")
        self.assertEqual(result.returncode, 2)
        for package in ("g++", "cmake", "ninja-build", "python3-kconfiglib"):
            self.assertIn(package, result.stderr)

    def test_a_failing_apt_is_no_success(self):
        self.write("bin/apt-get", "#!/bin/sh\necho no network\nexit 100\n").chmod(0o755)
        self.write("bin/sudo", '#!/bin/sh\nexec "$@"\n').chmod(0o755)
        self.write("bin/env", '#!/bin/sh\nshift 2\nexec "$@"\n').chmod(0o755)
        result = self.fw(f"{self.dir / 'bin'}")
        self.assertEqual(result.returncode, 2)
        self.assertIn("no network", result.stdout)
        self.assertIn("ninja-build", result.stderr)

    def test_a_package_that_the_system_does_not_have(self):
        self.write("bin/apt-get", "#!/bin/sh\necho E: Unable to locate package ninja-build\nexit 100\n").chmod(0o755)
        self.write("bin/sudo", '#!/bin/sh\nexec "$@"\n').chmod(0o755)
        self.write("bin/env", '#!/bin/sh\nshift 2\nexec "$@"\n').chmod(0o755)
        result = self.fw(self.dir / "bin")
        self.assertEqual(result.returncode, 2)
        self.assertIn("this system has no package ninja-build ", result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_an_old_cmake(self):
        wanted = [line.strip() for line in (ROOT / "tools/fw/packages.txt").read_text().splitlines() if line.strip()]
        packages = "".join(f"printf 'install ok installed\\t{p}\\t\\n'\n" for p in wanted)
        self.write("bin/dpkg-query", "#!/bin/sh\n" + packages).chmod(0o755)
        self.write("bin/cmake", "#!/bin/sh\necho cmake version 3.22.1\n").chmod(0o755)
        result = self.fw(self.dir / "bin", DESKBOARD_HOST_BUILD=self.dir / "host")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr.strip(), "fw: CMake 3.22.1 is too old: 3.25 is needed, which Debian 12, Ubuntu 24.04 and later ones have")

    def test_only_what_is_missing_is_installed(self):
        log = self.dir / "log"
        installed = self.dir / "installed"
        wanted = [line.strip() for line in (ROOT / "tools/fw/packages.txt").read_text().splitlines() if line.strip()]
        self.write(
            "bin/dpkg-query",
            "#!/bin/sh\n"
            + "".join(f"printf 'install ok installed\\t{p}\\t\\n'\n" for p in wanted if p != "ccache")
            + f"[ -e {installed} ] && printf 'install ok installed\\tccache\\t\\n'\nexit 0\n",
        ).chmod(0o755)
        self.write("bin/apt-get", f'#!/bin/sh\necho "$@" >> {log}\ncase "$1" in install) : > {installed};; esac\n').chmod(0o755)
        self.write("bin/sudo", '#!/bin/sh\nexec "$@"\n').chmod(0o755)
        self.write("bin/env", '#!/bin/sh\nshift 2\nexec "$@"\n').chmod(0o755)
        result = self.fw(self.dir / "bin")
        self.assertIn("installing ccache", result.stdout)
        self.assertEqual(log.read_text().splitlines(), ["install -y -qq -o DPkg::Lock::Timeout=600 --no-install-recommends ccache"])

    def test_launcher_without_python_says_so(self):
        for tool in ("dirname", "readlink", "id"):
            os.symlink(shutil.which(tool), self.dir / "bin" / tool)
        result = run(["/bin/sh", ROOT / "fw", "boards"], PATH=self.dir / "bin")
        self.assertEqual(result.returncode, 2)
        self.assertIn("python3", result.stderr)


@unittest.skipUnless(HOST and Path(HOST, "deskboard-libraries.cmake").exists(), "DESKBOARD_HOST_BUILD names no build of the libraries")
class Hello(TemporaryFolder):
    def hello(self, command, *arguments):
        return fw(command, HELLO, "-B", self.dir / "build", *arguments, DESKBOARD_HOST_BUILD=HOST)

    def test_every_chip(self):
        for board in json.loads(fw("boards", "--json").stdout):
            if board["name"] not in ("esp32_c3_devkitm_1", "esp32_c5_devkitc_1", "esp32_c6_devkitc_1", "esp32_s2_devkitc_1", "esp32_s31_korvo_1"):
                continue
            with self.subTest(board=board["name"]):
                result = fw("run", HELLO, "--board", board["name"], "-B", self.dir / board["name"], DESKBOARD_HOST_BUILD=HOST)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                self.assertIn(f"Hello from the emulated board: {board['chip']}, PSRAM {board['psram']}", result.stdout)

    def test_from_build_to_fullclean(self):
        picture = self.write("my.jpg", "a picture")
        result = self.hello("run", "--image", picture, "--log-level", "info")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("Hello from the emulated board: esp32p4, PSRAM 33554432", result.stdout)
        self.assertIn("Returned from app_main()", result.stdout)
        self.assertEqual((self.dir / "build/sdcard/input/my.jpg").read_text(), "a picture")

        again = self.hello("run", "--psram", "8M")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("PSRAM 8388608", again.stdout)
        self.assertIn("unchanged", again.stdout)
        self.assertFalse((self.dir / "build/sdcard/input/my.jpg").exists(), "the picture was for one run")

        table = self.hello("partition-table", "--json")
        self.assertEqual(table.returncode, 0, table.stderr)
        self.assertIn("factory", [row["name"] for row in json.loads(table.stdout)])

        merged = self.hello("merge-bin", "-o", self.dir / "all.bin")
        self.assertEqual(merged.returncode, 0, merged.stderr)
        self.assertEqual((self.dir / "all.bin").read_bytes()[0x8000:0x8002], b"\xaa\x50")

        erased = self.hello("erase-flash")
        self.assertEqual(erased.returncode, 0, erased.stderr)
        monitor = self.hello("monitor")
        self.assertNotIn("Traceback", monitor.stderr)
        self.assertEqual(self.hello("run", "--image", "/no/such.jpg").returncode, 2)

        self.assertEqual(self.hello("clean").returncode, 0)
        self.assertFalse((self.dir / "build" / "hello.elf").exists())
        self.assertEqual(self.hello("fullclean").returncode, 0)
        self.assertFalse((self.dir / "build").exists())

    def test_fit_has_a_row_for_a_board_that_cannot_be(self):
        import commands
        import main

        shutil.copytree(HELLO, self.dir / "picky")
        listed = self.dir / "picky/main/CMakeLists.txt"
        listed.write_text(listed.read_text().replace("idf_component_register(", "idf_component_register(REQUIRED_IDF_TARGETS esp32s3 "))
        (args,) = main.parse(main.make_parser(), ["fit"], [str(self.dir / "picky"), "--all-boards", "--json"])
        said, complained = io.StringIO(), io.StringIO()
        with mock.patch("boards.names", lambda _: ["esp32_s3_eye", "esp_box_3", "esp32_devkitc"]), \
                contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
            code = commands.fit(args)
        self.assertEqual(code, 1, complained.getvalue())
        rows = {row["board"]: row for row in json.loads(said.getvalue())}
        # Sanitizers make the program so large that it need not fit; what counts is that these boards were measured.
        for board in ("esp32_s3_eye", "esp_box_3"):
            self.assertIn("fits", rows[board])
            self.assertNotIn("reason", rows[board])
        self.assertEqual(rows["esp32_devkitc"]["reason"], "Component 'main' supports esp32s3; the board's chip is esp32.")
        self.assertNotIn("CMake Error", complained.getvalue())

    def test_test_data_that_come_later_are_found(self):
        self.assertEqual(self.hello("build").returncode, 0)
        stamp = self.dir / "build/.fw-settings.json"
        first = json.loads(stamp.read_text())["testdata"]
        again = fw("build", HELLO, "-B", self.dir / "build", DESKBOARD_HOST_BUILD=HOST, DESKBOARD_TESTDATA=self.dir)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(json.loads(stamp.read_text())["testdata"], str(self.dir))
        self.assertNotEqual(first, str(self.dir))

    def test_pipe_output_has_no_progress_bar(self):
        result = self.hello("build")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("\r", result.stdout + result.stderr)
        self.assertLess(len((result.stdout + result.stderr).splitlines()), 8)


if __name__ == "__main__":
    unittest.main()
