"""`fw export-idf`: what is refused, and what the exported project is to the stand-in for ESP-IDF (tests/esp_idf)."""

import os
import re
import shutil
import sys
import unittest
from pathlib import Path

from support import ROOT, TemporaryFolder, fw, run

IDF = ROOT / "tests" / "esp_idf"
sys.path.insert(0, str(IDF))

import manifest  # noqa: E402
import yaml  # noqa: E402

APPS = ("mobilenetv2_cls", "yolo11_detect", "yolo11_pose")
TUTORIALS = ("tutorial_model_in_partition", "tutorial_model_in_rodata", "tutorial_model_in_sdcard", "tutorial_run_model")
MODEL = ROOT / "components" / "imagenet_cls" / "models" / "p4" / "shapes_cls_mobilenetv2_s8.espdl"
# The models that the repository carries.
NO_DATA = {"DESKBOARD_TESTDATA": "/nonexistent"}


def configure(project, build, *arguments):
    sysroot = ROOT / "build" / "arm-none-eabi-sysroot"
    return run(["cmake", "-G", "Ninja", "-S", project, "-B", build, *arguments], IDF_PATH=IDF, DESKBOARD_ROOT=ROOT, DESKBOARD_SYSROOT=sysroot)


class Manifests(unittest.TestCase):
    def test_those_of_this_repository(self):
        files = [f for folder in ("components", "apps", "examples") for f in (ROOT / folder).rglob("idf_component.yml")]
        self.assertGreater(len(files), 15)
        for file in files:
            self.assertEqual(manifest.errors(yaml.safe_load(file.read_text())), [], file)

    def test_what_breaks_the_rules(self):
        for text, reason in (
            ("[]", "no dictionary"),
            ("versoin: '1.0.0'", "does not know 'versoin'"),
            ("version: 1.0", "is no version"),
            ("version: '1.0'", "is no version"),
            ("targets: esp32p4", "no list"),
            ("targets: [esp32p4, ESP32P4]", "twice"),
            ("targets: [esp8266]", "'esp8266' is none"),
            ("tags: [a]", "'a' is none"),
            ("url: here", "no address"),
            ("repository_info: {path: a}", "without repository"),
            ("dependencies: [a]", "no dictionary"),
            ("dependencies: {a__b: '*'}", "no component's name"),
            ("dependencies: {x/y/z: '*'}", "no component's name"),
            ("dependencies: {ab: 'newest'}", "version 'newest'"),
            ("dependencies: {ab: 3}", "neither a version"),
            ("dependencies: {ab: {versions: '*'}}", "does not know 'versions'"),
            ("dependencies: {ab: {version: '*', require: maybe}}", "require"),
            ("dependencies: {ab: {version: '*', require: public, public: true}}", "exclude each other"),
            ("dependencies: {ab: {version: '*', rules: [{if: 'target is esp32'}]}}", "no condition"),
            ("dependencies: {ab: {version: '*', rules: [{when: 'target == esp32'}]}}", "no `if`"),
            ("dependencies: {ab: {version: '*', matches: [{if: 'idf_version about 5'}]}}", "no condition"),
        ):
            self.assertIn(reason, " ".join(manifest.errors(yaml.safe_load(text))), text)

    def test_what_keeps_them(self):
        for text in (
            "version: 1.2.3~1",
            "dependencies: {idf: '>=5.3,<6.0', espressif/esp-dl: ^3.1.0}",
            "dependencies: {ab: {version: '*', rules: [{if: 'target in [esp32, esp32p4] && idf_version >=5.0'}]}}",
            "dependencies: {ab: {git: 'https://example.com/a.git', version: main, path: ab}}",
            "dependencies: {ab: {version: '*', matches: [{if: '$CONFIG{A} == True'}, {if: '$V == x', version: ~1.0.0}]}}",
        ):
            self.assertEqual(manifest.errors(yaml.safe_load(text)), [], text)


class Refusals(TemporaryFolder):
    def refused(self, *arguments, code=2, **environment):
        result = fw("export-idf", *arguments, **environment)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertEqual(result.stdout, "")
        lines = [line for line in result.stderr.splitlines() if not line.startswith("note: ") and not line.endswith((" ...", " failed"))]
        self.assertEqual(len(lines), 1, result.stderr)
        return lines[0]

    def test_the_folder_is_new_or_empty(self):
        file = self.write("full/file", "kept")
        self.assertIn("no empty folder", self.refused("mobilenetv2_cls", "-o", str(file.parent)))
        self.assertIn("no empty folder", self.refused("mobilenetv2_cls", "-o", str(file)))
        self.assertEqual(file.read_text(), "kept")
        self.assertIn("cannot be written", self.refused("mobilenetv2_cls", "-o", str(file / "below")))

    def test_arguments(self):
        out = self.dir / "out"
        self.assertIn("'no_app' is neither an app", self.refused("no_app", "-o", str(out)))
        self.assertIn("no_board", self.refused("mobilenetv2_cls", "--board", "no_board", "-o", str(out)))
        self.assertIn("there is no such file", self.refused("mobilenetv2_cls", "--model", "none.espdl", "-o", str(out)))
        self.assertFalse(out.exists())

    def test_nothing_is_left_where_it_fails(self):
        project = self.dir / "project"
        shutil.copytree(ROOT / "examples" / "tutorial_model_in_rodata", project)
        (project / "main" / "idf_component.yml").write_text("dependencies: {espressif/esp-dl: '*'}\n")
        (project / "notes.txt").symlink_to("nowhere")
        out = self.dir / "out" / "deep"
        self.assertIn("notes.txt", self.refused(str(project), "-o", str(out), "--model", str(MODEL), code=1))
        (project / "notes.txt").unlink()
        (project / "up").symlink_to(self.dir)
        self.assertIn("leads back", self.refused(str(project), "-o", str(out), "--model", str(MODEL), code=1))
        self.assertEqual(list(out.parent.iterdir()), [])
        (project / "up").unlink()
        (project / "main" / "CMakeLists.txt").write_text("idf_component_register(SRCS app_main.cpp REQUIRES no_such)\n")
        self.assertIn("no_such", self.refused(str(project), "-o", str(out)))
        self.assertEqual(list(out.parent.iterdir()), [])


class Exported(TemporaryFolder):
    def export(self, app, *arguments, **environment):
        out = self.dir / "out"
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(self.dir / "build", ignore_errors=True)
        result = fw("export-idf", app, "-o", out, *arguments, **{**NO_DATA, **environment})
        self.assertEqual(result.returncode, 0, result.stderr)
        return out

    def check_configures(self, project, *arguments):
        result = configure(project, self.dir / "build", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def refused(self, project):
        shutil.rmtree(self.dir / "build", ignore_errors=True)
        result = configure(project, self.dir / "build")
        self.assertNotEqual(result.returncode, 0)
        return re.sub(r"\s+", " ", result.stderr)

    def test_apps_and_tutorials(self):
        p4, s3 = ("esp32_p4_function_ev_board", "esp32p4"), ("esp32_s3_eye", "esp32s3")
        for app, board, chip in [(app, *p4) for app in APPS + TUTORIALS] + [(app, *s3) for app in APPS]:
            with self.subTest(app=app, board=board):
                out = self.export(app, "--board", board)
                self.check_configures(out)
                self.check_tree(out)
                self.assertIn(f'CONFIG_IDF_TARGET="{chip}"', (self.dir / "build" / "config" / "sdkconfig").read_text())

    def check_tree(self, out):
        components = {f.parent for f in out.rglob("CMakeLists.txt")} - {out}
        self.assertEqual({c.parent for c in components}, {out, out / "components"})
        for file in out.rglob("*"):
            if file.name.endswith(".cmake"):
                self.assertTrue(any(c in file.parents for c in components), file)
            self.assertNotEqual(file.name, "deskboard.yml")
            if file.is_file() and file.suffix not in (".espdl", ".jpg", ".png"):
                self.assertNotIn(str(ROOT), file.read_text(), file)
            if file.name == "idf_component.yml":
                self.assertNotIn("path:", file.read_text(), file)
        for name in ("esp-dl", "dl_tensor", "fbs_loader", "vision", "audio"):
            self.assertTrue((out / "components" / name / "idf_component.yml").is_file(), name)
        self.assertFalse((out / "components" / "dl_fft").exists())

    def test_where_the_model_lies(self):
        out = self.export("mobilenetv2_cls", "--model", MODEL, "--model-location", "partition")
        model = out / "components" / "imagenet_cls" / "models" / "p4" / "imagenet_cls_mobilenetv2_s8_v1.espdl"
        self.assertEqual(model.read_bytes(), MODEL.read_bytes())
        self.check_configures(out)
        # A table without that partition.
        table = out / "partitions_16mb.csv"
        table.write_text(table.read_text().replace("imagenet_cls,", "something,"))
        self.assertIn("partition imagenet_cls", self.refused(out))
        out = self.export("mobilenetv2_cls", "--model-location", "sdcard")
        self.assertEqual([f.name for f in (out / "sdcard").rglob("*.espdl")], ["shapes_cls_mobilenetv2_s8.espdl"])
        self.check_configures(out)

    def test_a_project_that_lies_elsewhere(self):
        self.write("there/parts/greeting/CMakeLists.txt", 'idf_component_register(SRCS "greeting.c" INCLUDE_DIRS ".")\n')
        self.write("there/parts/greeting/greeting.h", "void greet(void);\n")
        self.write("there/parts/greeting/greeting.c", '#include "greeting.h"\nvoid greet(void) {}\n')
        self.write("beside/CMakeLists.txt", "idf_component_register(INCLUDE_DIRS .)\n")
        self.write("beside/beside.h", "#define BESIDE 1\n")
        self.write(
            "there/CMakeLists.txt",
            "cmake_minimum_required(VERSION 3.16)\nset(EXTRA_COMPONENT_DIRS parts\n    ../beside)\n"
            "include($ENV{IDF_PATH}/tools/cmake/project.cmake)\nproject(there)\n",
        )
        self.write("there/main/CMakeLists.txt", 'idf_component_register(SRCS "main.c")\n')
        self.write("there/main/main.c", '#include "beside.h"\n#include "greeting.h"\nvoid app_main(void) { greet(); }\n')
        self.write("there/sdkconfig.defaults", "CONFIG_FREERTOS_HZ=1000")
        self.write("there/build/left", "")
        out = self.export(str(self.dir / "there"))
        self.assertEqual({f.name for f in (out / "components").iterdir()}, {"greeting", "beside"})
        self.assertFalse((out / "parts" / "greeting").exists() or (out / "build").exists())
        self.check_configures(out)

    def test_what_stands_for_esp_idf_refuses_mistakes(self):
        out = self.export("mobilenetv2_cls")
        file = out / "main" / "CMakeLists.txt"
        good = file.read_text()
        for text, reason in (
            (good.replace("EMBED_FILES", "EMBED_FILE"), "there is no source"),
            (good.replace("SRCS", 'SOURCES "a.cpp" SRCS'), "does not know: SOURCES"),
            (good.replace("REQUIRES", "REQUIRES opencv"), "Failed to resolve component 'opencv' required by component 'main'"),
            ("file(GLOB x CONFIGURE_DEPENDS *.jpg)\n" + good, "CONFIGURE_DEPENDS is invalid for script"),
            (good + "idf_component_get_property(d opencv COMPONENT_DIR)\n", "there is no component 'opencv'"),
            (good + "deskboard_error(a)\n", 'Unknown CMake command "deskboard_error"'),
            (good + "idf_build_set_property(A B C)\n", "does not know: C"),
            ("set(x 1)\n", "registers no component"),
            (good.replace("app_main.cpp", "none.cpp"), "there is no source"),
        ):
            file.write_text(text)
            self.assertIn(reason, self.refused(out), text)
        file.write_text(good)
        described = out / "components" / "vision" / "idf_component.yml"
        described.write_text(described.read_text().replace("espressif/libpng", "nobody/libpng"))
        self.assertIn("nobody/libpng is no component of the registry", self.refused(out))


class Compiled(Exported):
    """With a 32-bit compiler: each source sees what its component requires, and nothing else."""

    toolchain, compilers = "toolchain_arm.cmake", ("arm-none-eabi-g++",)

    def setUp(self):
        super().setUp()
        absent = [compiler for compiler in self.compilers if not shutil.which(compiler)]
        if absent or not (ROOT / "build" / "arm-none-eabi-sysroot" / ".packages").is_file():
            print(f"SKIPPED: no {absent[0] if absent else 'build/arm-none-eabi-sysroot'}", file=sys.stderr)
            self.skipTest("no 32-bit compiler")
        launcher = shutil.which("ccache")
        self.options = [f"-DCMAKE_TOOLCHAIN_FILE={IDF}/{self.toolchain}"] + ([f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}"] if launcher else [])

    def build(self, app, targets, *arguments):
        # ccache knows the objects again: the folder has the same name each time.
        self.dir = ROOT / "build" / "esp_idf"
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        out = self.export(app, *arguments)
        self.check_configures(out, *self.options)
        return out, self.make(targets)

    def make(self, targets):
        return run(["cmake", "--build", self.dir / "build", "--target", *targets, "--", "-j", str(os.cpu_count())])

    def test_every_source_of_an_export(self):
        out, made = self.build("yolo11_pose", ["libraries"])
        self.assertEqual(made.returncode, 0, made.stdout[-4000:])
        self.assertGreater(len(list((self.dir / "build").rglob("*.obj"))), 100)
        # A header of a component that is not required is not found.
        file = out / "components" / "vision" / "CMakeLists.txt"
        file.write_text(file.read_text().replace(" esp_driver_ppa", ""))
        self.check_configures(out, *self.options)
        made = self.make(["__idf_vision"])
        self.assertNotEqual(made.returncode, 0)
        self.assertIn("driver/ppa.h: No such file", made.stdout)

    def test_the_other_apps(self):
        for app, more in (("mobilenetv2_cls", ["__idf_imagenet_cls"]), ("yolo11_detect", ["__idf_coco_detect"]), *((t, []) for t in TUTORIALS)):
            with self.subTest(app=app):
                _, made = self.build(app, ["__idf_main", *more])
                self.assertEqual(made.returncode, 0, made.stdout[-4000:])


class CompiledForRiscv(Compiled):
    """The same for the ESP32-P4's instruction set, as far as Debian has it. The C++ library's headers are arm-none-eabi's."""

    toolchain, compilers = "toolchain_riscv32.cmake", ("arm-none-eabi-g++", "riscv64-unknown-elf-g++")
    test_the_other_apps = None

    def test_every_source_of_an_export(self):
        _, made = self.build("yolo11_pose", ["libraries"])
        self.assertEqual(made.returncode, 0, made.stdout[-4000:])
        self.assertGreater(len(list((self.dir / "build").rglob("*.obj"))), 100)


class Published(Exported):
    """The apps with the headers of the published ESP-DL: DESKBOARD_UPSTREAM names a checkout of it."""

    def setUp(self):
        super().setUp()
        checkout = Path(os.environ.get("DESKBOARD_UPSTREAM") or "/nonexistent")
        self.espdl = next((folder for folder in (checkout / "esp-dl", checkout) if (folder / "idf_component.yml").is_file()), None)
        sysroot = ROOT / "build" / "arm-none-eabi-sysroot" / "include"
        if not self.espdl or not shutil.which("arm-none-eabi-g++") or not (sysroot / "png.h").is_file():
            print("SKIPPED: no DESKBOARD_UPSTREAM with a checkout of ESP-DL, no arm-none-eabi-g++, or not its libraries", file=sys.stderr)
            self.skipTest("no published ESP-DL")
        for header in ("png.h", "pngconf.h", "pnglibconf.h", "zlib.h", "zconf.h"):
            (self.dir / "png").mkdir(exist_ok=True)
            (self.dir / "png" / header).symlink_to(sysroot / header)

    def published_folders(self):
        text = (self.espdl / "CMakeLists.txt").read_text()
        listed = re.search(r"set\(include_dirs\s+([^)]*)\)", text)[1].split()
        return [self.espdl / folder for folder in listed if (self.espdl / folder).is_dir()]

    def check(self, source, config, *folders):
        options = "-fsyntax-only -std=gnu++2b -fno-exceptions -fno-rtti -D_GNU_SOURCE -D_GLIBCXX_HAS_GTHREADS -DESP_PLATFORM -mcpu=cortex-m33 -mthumb"
        command = ["arm-none-eabi-g++", *options.split(), *"-Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare".split()]
        command += [f"-I{folder}" for folder in (ROOT / "hal" / "bare" / "include", ROOT / "hal" / "include", config, IDF / "include", *folders)]
        command += [f"-isystem{folder}" for folder in (self.dir / "png", *self.published_folders())]
        # What both have is the published one's.
        result = run([*command, "-idirafter", ROOT / "components" / "vision" / "extra", source])
        self.assertEqual(result.returncode, 0, f"{source}\n{result.stderr[:3000]}")

    def test_apps_tutorials_and_what_they_bring(self):
        folders = [ROOT / "apps" / "common" / "pictures", *(ROOT / "components" / c for c in ("imagenet_cls", "coco_detect", "coco_pose"))]
        for app in APPS + TUTORIALS:
            with self.subTest(app=app):
                out = self.export(app)
                shutil.rmtree(self.dir / "build", ignore_errors=True)
                self.check_configures(out)
                sources = [*(out / "main").glob("*.cpp"), *(out / "components" / "vision" / "extra").glob("*.cpp")]
                for name in ("pictures", "imagenet_cls", "coco_detect", "coco_pose"):
                    sources += (out / "components" / name).glob("*.cpp")
                self.assertGreater(len(sources), 5)
                for source in sources if app in APPS else sources[:1]:
                    self.check(source, self.dir / "build" / "config", *folders)


# Each class once: the base class's tests are not the derived ones'.
for name in [n for n in dir(Exported) if n.startswith("test_")]:
    setattr(Compiled, name, None)
    setattr(Published, name, None)

if __name__ == "__main__":
    unittest.main()
