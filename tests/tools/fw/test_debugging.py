"""fw gdb, fw vscode, the sanitizers, valgrind, fw run --json and --expect, on a project that does what it is told to."""

import json
import os
import shutil
import types
import unittest
from pathlib import Path

from support import TemporaryFolder, fw

HOST = os.environ.get("DESKBOARD_HOST_BUILD")
BUILT = HOST and Path(HOST, "deskboard-libraries.cmake").exists()
SANITIZED = HOST and HOST.endswith(("-asan", "-tsan"))
MAIN = r"""#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <csignal>
#include <unistd.h>
#include "esp_log.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
static int *nowhere = nullptr;
static void __attribute__((noinline)) level_two(void) { *nowhere = 1; }
static void __attribute__((noinline)) level_one(void) { level_two(); }
extern "C" void app_main(void) {
    const char *what = getenv("DO") ? getenv("DO") : "";
    ESP_LOGI("main", "first");
    ESP_LOGW("main", "second: 42");
    if (!strcmp(what, "panic")) level_one();
    if (!strcmp(what, "endless")) while (true) vTaskDelay(10);
    if (!strcmp(what, "kill")) kill(getpid(), SIGKILL);
    if (!strcmp(what, "restart")) esp_restart();
    if (!strcmp(what, "read")) {
        char *p = new char[10];
        delete[] p;
        printf("%c\n", p[3] & 1 ? 'a' : 'b');
    }
    printf("plain line\n");
}
"""
LINE_OF_LEVEL_TWO = next(n for n, line in enumerate(MAIN.splitlines(), 1) if "level_two(void)" in line)


class WithProject(TemporaryFolder):
    """One build for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        import tempfile

        cls.home = Path(tempfile.mkdtemp(prefix="deskboard-"))
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)
        cls.project = cls.home / "thing"
        (cls.project / "main").mkdir(parents=True)
        (cls.project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\ninclude($ENV{IDF_PATH}/tools/cmake/project.cmake)\nproject(thing)\n")
        (cls.project / "main/CMakeLists.txt").write_text('idf_component_register(SRCS "main.cpp")\n')
        (cls.project / "main/main.cpp").write_text(MAIN)

    def fw(self, command, *arguments, **environment):
        return fw(command, self.project, *arguments, DESKBOARD_HOST_BUILD=HOST, **environment)


@unittest.skipUnless(BUILT, "DESKBOARD_HOST_BUILD names no build of the libraries")
class Watched(WithProject):
    def report(self, command, *arguments, code=0, **environment):
        file = self.dir / "run.json"
        result = self.fw(command, "--json", file, *arguments, **environment)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return json.loads(file.read_text()), result

    def test_json(self):
        report, result = self.report("run")
        self.assertEqual((report["schema"], report["app"], report["chip"]), (2, "thing", "esp32p4"))
        self.assertEqual(report["exit"], {"code": 0, "signal": None, "reason": "returned", "message": None})
        second = next(entry for entry in report["log"] if entry["text"] == "second: 42")
        self.assertEqual((second["level"], second["tag"]), ("W", "main"))
        self.assertIn({"level": None, "time_ms": None, "tag": None, "text": "plain line"}, report["log"])
        self.assertIn("plain line\n", result.stdout)
        memory = report["memory"]["internal"]
        self.assertGreater(memory["size"], memory["free"])
        self.assertGreaterEqual(memory["free"], memory["minimum_free"])
        self.assertIsNone(report["expect"])
        self.assertEqual(report["models"], [])
        self.assertNotIn("predicted", result.stdout)

    def test_how_a_run_ended(self):
        self.report("run")
        self.assertEqual(self.report("monitor", DO="restart")[0]["exit"]["reason"], "restart")
        self.assertEqual(self.report("monitor", "--psram", "much", code=2)[0]["exit"]["reason"], "refused")
        endless = self.report("monitor", "--timeout", "0.5", code=1, DO="endless")
        self.assertEqual(endless[0]["exit"]["reason"], "timeout")
        self.assertIn("ended after 0.5 seconds", endless[1].stderr)
        if not SANITIZED:
            panic = self.report("monitor", code=1, DO="panic")[0]
            self.assertEqual(panic["exit"]["reason"], "panic")
            self.assertIn("Guru Meditation Error: task 'main' panic'ed", panic["exit"]["message"])
            self.assertGreater(panic["memory"]["internal"]["size"], panic["memory"]["internal"]["free"])
            two, one, main = panic["backtrace"][:3]
            self.assertEqual((two["function"], two["file"], two["line"]), ("level_two()", str(self.project / "main/main.cpp"), LINE_OF_LEVEL_TWO))
            self.assertEqual((one["function"], main["function"]), ("level_one()", "app_main"))

    def test_trace_of_runs_that_do_not_end_well(self):
        file = self.dir / "trace.json"
        ends = [("endless", ["--timeout", "0.5"]), ("kill", [])] + ([] if SANITIZED else [("panic", [])])
        for what, arguments in ends:
            with self.subTest(what=what):
                result = self.fw("trace", "-o", file, *arguments, DO=what)
                self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
                main = next(event for event in json.loads(file.read_text())["traceEvents"] if event["ph"] == "X" and event["name"] == "main")
                self.assertTrue(main["args"]["unfinished"])
                file.unlink()
        # An app that was refused has left nothing, and so does fw.
        result = self.fw("trace", "-o", file, "--psram", "much")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(list(self.dir.iterdir()), [])

    def test_expect(self):
        self.assertEqual(self.fw("build").returncode, 0)
        for text, code, problem in (
            ("first\n/second: \\d+/\n", 0, ""),
            ("# the app never ends by itself\nsecond: 42\n", 0, ""),
            ("second: 42\nfirst\n", 1, "expect.txt:2: this line has not come: first"),
            ("nobody says this\n", 1, "expect.txt:1: this line has not come"),
            ("! second\nfirst\nplain line\n", 1, "expect.txt:1: a line has come that must not"),
            ("/[/\n", 2, "no regular expression"),
            ("", 2, "names no line"),
        ):
            with self.subTest(text=text):
                file = self.write("expect.txt", text)
                result = self.fw("run", "--expect", file, "--timeout", "20", DO="endless" if not code else "")
                self.assertEqual(result.returncode, code, result.stdout + result.stderr)
                self.assertIn(problem, result.stderr)
        self.assertEqual(self.fw("run", "--expect", self.dir / "none.txt").returncode, 2)

    def test_what_is_wrong_is_said_before_the_build(self):
        empty = self.dir / "empty"
        empty.mkdir()
        for arguments, word in ((["--image", "/no/such.jpg"], "/no/such.jpg"), (["--image", empty], "no picture"),
                                (["--image", empty, "--board", "esp32_c3_devkitm_1"], "no picture"), (["--timeout", "-1"], "--timeout"),
                                (["--sdcard", "/no/such"], "/no/such"), (["--gdb", "--chip-speed"], "--chip-speed"), (["--gdb", "--valgrind"], "--valgrind")):
            with self.subTest(arguments=arguments):
                result = self.fw("run", "-B", self.dir / "never", *arguments)
                self.assertEqual((result.returncode, len(result.stderr.splitlines())), (2, 1), result.stderr)
                self.assertIn(word, result.stderr)
                self.assertFalse((self.dir / "never").exists())

    def test_a_folder_of_pictures(self):
        for name in ("b.JPG", "a.png", "notes.txt"):
            self.write(f"pictures/{name}", name)
        self.assertEqual(self.fw("run", "--image", self.dir / "pictures").returncode, 0)
        card = self.project / "build/esp32_p4_function_ev_board/sdcard/input"
        self.assertEqual(sorted(p.name for p in card.iterdir()), ["a.png", "b.JPG"])


@unittest.skipUnless(BUILT, "DESKBOARD_HOST_BUILD names no build of the libraries")
class Debugger(WithProject):
    @unittest.skipUnless(shutil.which("gdb"), "gdb is not installed")
    def test_gdb(self):
        result = self.fw("gdb", "--batch", "--ex", "tbreak level_one", "--ex", "run", "--ex", "bt 2", "--ex", "info line hal::start_app", DO="panic")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"#0 +level_one \(\) at .*main/main\.cpp:\d+\n#1 .* app_main \(\) at ")
        self.assertIn("hal/host/system/startup.cpp", result.stdout)

    def test_without_the_tool(self):
        bin_dir = self.dir / "bin"
        bin_dir.mkdir()
        os.symlink(shutil.which("dpkg-query"), bin_dir / "dpkg-query")
        for arguments, tool in ((["gdb"], "gdb"), (["run", "--gdb"], "gdb"), (["run", "--valgrind"], "valgrind")):
            with self.subTest(arguments=arguments):
                result = self.fw(*arguments, PATH=bin_dir)
                self.assertEqual(result.returncode, 2)
                self.assertEqual(result.stderr, f"fw: {tool} is not installed; on Debian and Ubuntu: apt-get install {tool}\n")

    @unittest.skipUnless(shutil.which("valgrind"), "valgrind is not installed")
    @unittest.skipIf(SANITIZED, "valgrind and sanitizers exclude each other")
    def test_valgrind(self):
        clean = self.fw("run", "--valgrind")
        self.assertEqual(clean.returncode, 0, clean.stdout + clean.stderr)
        self.assertNotIn("==", clean.stderr)
        wrong = self.fw("run", "--valgrind", DO="read")
        self.assertEqual(wrong.returncode, 1)
        self.assertRegex(wrong.stderr, r"Invalid read of size 1\n==\d+== +at 0x\w+: app_main \(main\.cpp:\d+\)")

    def test_vscode(self):
        folder = self.project / ".vscode"
        self.assertEqual(self.fw("vscode").returncode, 0)
        launch = json.loads((folder / "launch.json").read_text())["configurations"]
        self.assertEqual(len(launch), 1)
        self.assertTrue(Path(launch[0]["program"]).is_file())
        labels = [task["label"] for task in json.loads((folder / "tasks.json").read_text())["tasks"]]
        self.assertIn(launch[0]["preLaunchTask"], labels)
        commands = json.loads((folder / "c_cpp_properties.json").read_text())["configurations"][0]["compileCommands"]
        self.assertIn("main.cpp", Path(commands).read_text())

        (folder / "tasks.json").write_text(json.dumps({"version": "2.0.0", "inputs": [1], "tasks": [{"label": "mine"}, {"label": "Deskboard: old"}]}))
        self.assertEqual(self.fw("vscode").returncode, 0)
        merged = json.loads((folder / "tasks.json").read_text())
        self.assertEqual([task["label"] for task in merged["tasks"]], labels + ["mine"])
        self.assertEqual(merged["inputs"], [1])

        (folder / "tasks.json").unlink()
        (folder / "launch.json").write_text("// mine\n{}\n")
        refused = self.fw("vscode")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("launch.json cannot be merged", refused.stderr)
        self.assertEqual((folder / "launch.json").read_text(), "// mine\n{}\n")
        self.assertFalse((folder / "tasks.json").exists())
        self.assertIn('"preLaunchTask"', self.fw("vscode", "--print").stdout)


class Sanitizers(WithProject):
    def test_folders(self):
        import project

        def made(**options):
            args = types.SimpleNamespace(app=str(self.project), board=None, **options)
            return project.Project(args)

        plain, asan, tsan = made(), made(asan=True), made(tsan=True)
        self.assertEqual(len({plain.build_dir, asan.build_dir, tsan.build_dir}), 3)
        self.assertTrue(asan.settings["DESKBOARD_HOST_BUILD"].endswith("-asan"))
        self.assertEqual(project.host_build(), project.HOST_BUILD)
        if not SANITIZED:
            self.assertEqual(project.host_build("asan").name, project.HOST_BUILD.name + "-asan")

    @unittest.skipUnless(BUILT, "DESKBOARD_HOST_BUILD names no build of the libraries")
    def test_a_build_folder_of_other_libraries_begins_anew(self):
        build = self.dir / "build"
        self.assertEqual(self.fw("build", "-B", build).returncode, 0)
        cache = build / "CMakeCache.txt"
        cache.write_text(cache.read_text() + "OLD_SETTING:STRING=1\n")
        stamp = build / ".fw-settings.json"
        stamp.write_text(stamp.read_text().replace(HOST, "/other"))
        self.assertEqual(self.fw("build", "-B", build).returncode, 0)
        self.assertNotIn("OLD_SETTING", cache.read_text())

    @unittest.skipUnless(BUILT and not SANITIZED and Path(HOST + "-asan", "hal/libhal_main.a").exists(), "no libraries with AddressSanitizer are built")
    def test_address_sanitizer(self):
        clean = self.fw("run", "--asan")
        self.assertEqual(clean.returncode, 0, clean.stdout + clean.stderr)
        wrong = self.fw("run", "--asan", DO="read")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("heap-use-after-free", wrong.stderr)
        self.assertRegex(wrong.stderr, r"#0 .* in app_main .*main/main\.cpp:\d+")


if __name__ == "__main__":
    unittest.main()
