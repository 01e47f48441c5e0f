"""Projects built with nothing but CMake, as an ESP-IDF user would: what each function of the build system does, and its errors.

The libraries come from the build that runs the tests (DESKBOARD_HOST_BUILD), so that only the projects themselves are compiled.
"""

import json
import os
import re
import shutil
import unittest
from pathlib import Path

from support import PROJECTS, ROOT, TemporaryFolder, run

HOST = os.environ.get("DESKBOARD_HOST_BUILD")
MAIN = "idf_component_register(SRCS app_main.c)\n"
SOURCE = "void app_main(void) {}\n"


@unittest.skipUnless(HOST and Path(HOST, "deskboard-libraries.cmake").exists(), "DESKBOARD_HOST_BUILD names no build of the libraries")
class Project(TemporaryFolder):
    def environment(self):
        path = os.environ["PATH"] + os.pathsep + str(ROOT / "tools" / "fw" / "bin")
        return {"IDF_PATH": ROOT / "cmake" / "idf", "DESKBOARD_HOST_BUILD": HOST, "DESKBOARD_LIBRARIES_BUILT": "1", "PATH": path}

    def configure(self, project, *definitions, build="build"):
        return run(["cmake", "-G", "Ninja", "-S", project, "-B", self.dir / build, *definitions], **self.environment())

    def build(self, build="build"):
        return run(["cmake", "--build", self.dir / build], **self.environment())

    def write_project(self, main=MAIN):
        self.write("app/CMakeLists.txt", "cmake_minimum_required(VERSION 3.16)\ninclude($ENV{IDF_PATH}/tools/cmake/project.cmake)\nproject(app)\n")
        self.write("app/main/CMakeLists.txt", main)
        self.write("app/main/app_main.c", SOURCE)
        return self.dir / "app"

    def run_program(self, build):
        description = json.loads((self.dir / build / "project_description.json").read_text())
        flash = self.dir / build / "flash.bin"
        written = run(["cmake", "--build", self.dir / build, "--target", "flash"], **self.environment())
        self.assertEqual(written.returncode, 0, written.stdout + written.stderr)
        result = run([self.dir / build / description["app_elf"], "--flash-file", flash])
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def assert_refused(self, result, *words):
        self.assertNotEqual(result.returncode, 0)
        text = " ".join((result.stderr + result.stdout).split())
        for word in words:
            self.assertIn(word, text)


class Features(Project):
    def test_a_project_outside_the_checkout(self):
        project = self.dir / "elsewhere"
        shutil.copytree(PROJECTS / "features", project)
        self.assertEqual(self.configure(project).returncode, 0)
        built = self.build()
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
        output = self.run_program("build")
        for line in (
            "data: 3 bytes, length 3, first 1",
            "text: 'plain text', length 11",
            "model aligned: 1",
            "part 5, private 6, options 7, definitions 8",
            "greeting: HELLO, count 3, projbuild yes",
            "greeter: /greeter __idf_greeter, target esp32p4, colour blue",
            "tensor of 6",
            "partition: blob",
        ):
            self.assertIn(line, output)
        arguments = json.loads((self.dir / "build" / "flasher_args.json").read_text())
        self.assertEqual(arguments["flash_files"]["0x8000"], "partition_table/partition-table.bin")
        self.assertEqual(Path(arguments["blob"]["file"]).name, "blob.bin")
        self.assertTrue((self.dir / "build" / "compile_commands.json").exists())

        # A changed embedded file gets into the next build.
        (project / "main" / "text.txt").write_text("other text")
        self.assertEqual(self.build().returncode, 0)
        self.assertIn("text: 'other text', length 11", self.run_program("build"))

        # Another chip: its defaults. Its flash is another one, too.
        (self.dir / "build" / "flash.bin").unlink()
        self.assertEqual(self.configure(project, "-DDESKBOARD_BOARD=esp32_s3_eye").returncode, 0)
        self.assertEqual(self.build().returncode, 0)
        output = self.run_program("build")
        self.assertIn("count 4", output)
        self.assertIn("target esp32s3", output)

    def test_libraries_are_not_compiled_again(self):
        self.assertEqual(self.configure(PROJECTS / "features").returncode, 0)
        commands = json.loads((self.dir / "build" / "compile_commands.json").read_text())
        compiled = {Path(c["file"]).name for c in commands}
        self.assertIn("app_main.cpp", compiled)
        self.assertIn("greeter.c", compiled)
        shared = [c["file"] for c in commands if "/components/esp-dl/" in c["file"] or "/hal/host/heap/" in c["file"]]
        self.assertEqual(shared, [])


class SelfContained(unittest.TestCase):
    def test_no_component_includes_a_cmake_file_outside_itself(self):
        for path in sorted((ROOT / "components").rglob("CMakeLists.txt")) + sorted((ROOT / "components").rglob("*.cmake")):
            component = path.relative_to(ROOT / "components").parts[0]
            for name in re.findall(r"^\s*include\((.*?)\)", path.read_text(), re.MULTILINE):
                name = name.strip('"')
                with self.subTest(path=path, name=name):
                    # Through a property of a component that it requires, or below its own folder.
                    if name.startswith("${espdl_dir}/") or "/" not in name:
                        continue
                    place = name.replace("${CMAKE_CURRENT_LIST_DIR}", str(path.parent)).replace("${COMPONENT_DIR}", str(ROOT / "components" / component))
                    self.assertIn(ROOT / "components" / component, Path(os.path.normpath(place)).parents)


class Configured(Project):
    def test_sources_that_read_the_configuration_are_compiled_per_project(self):
        """A shared library's source that tests CONFIG_ symbols would keep the value of the libraries' own build."""
        # dl_define_private.hpp tells apps about their chip; no source of the libraries may ask it.
        allowed = {"dl_target.cpp", "app_config.cpp", "dl_define_private.hpp"}
        # What dl_tool.hpp declares depends on that, not what the libraries are compiled to.
        chip = {
            ".hpp": re.compile(r"CONFIG_(IDF_TARGET|ROUND_HALF_EVEN_ENABLED|XTENSA_BOOST)"),
            ".cpp": re.compile(r"CONFIG_(IDF_TARGET|ROUND_HALF_EVEN_ENABLED|XTENSA_BOOST|PIE_V[12]_BOOST)"),
        }
        folders = [ROOT / "components" / c for c in ("dl_tensor", "fbs_loader", "esp-dl", "vision", "audio")] + [ROOT / "hal" / "host"]
        for folder in folders:
            for path in sorted(folder.rglob("*.[ch]pp")):
                text = "".join(line for line in path.read_text().splitlines(True) if not line.lstrip().startswith("//"))
                if path.name not in allowed and chip[path.suffix].search(text):
                    self.fail(f"{path} reads {chip[path.suffix].search(text)[0]}...; it must be compiled per project (cmake/project.cmake)")


class Formats(Project):
    """Formats are judged with the chip's types, whatever int32_t and size_t are on the PC."""

    RIGHT = """
    ESP_LOGI("x", "%ld %lu %u %lld %d %s", a, b, sizeof(a), (int64_t)a, 1, "s");
    ESP_LOGI("x", "%" PRId32 " %" PRIu32 " %zu %" PRIx64, a, b, sizeof(a), (uint64_t)b);
    printf("%ld %lld\\n", a, (long long)time(NULL));
"""
    WRONG = (
        ('ESP_LOGI("x", "%d", a);', "'%d' expects argument of type 'int', but argument 8 has type 'int32_t' {aka 'long int'}"),
        ('ESP_LOGI("x", "%s", 1);', "'%s' expects argument of type 'char*'"),
        ('printf("%lu", sizeof(a));', "'%lu' expects argument of type 'long unsigned int', but argument 2 has type 'unsigned int'"),
        ('printf("%d");', "expects a matching 'int' argument"),
    )

    def source(self, lines):
        text = '#include <inttypes.h>\n#include <stdio.h>\n#include <time.h>\n#include "esp_log.h"\n'
        text += f'extern "C" void app_main(void) {{ int32_t a = 1; uint32_t b = 2; (void)b;\n{lines}\n}}\n'
        return text

    def test_as_on_the_chip(self):
        project = self.write_project(main="idf_component_register(SRCS app_main.cpp wrong.cpp)\n")
        self.write("app/main/app_main.cpp", self.source(self.RIGHT))
        wrong = "\n".join(line for line, _ in self.WRONG)
        self.write("app/main/wrong.cpp", self.source(wrong).replace("app_main", "other"))
        configured = self.configure(project)
        self.assertEqual(configured.returncode, 0, configured.stderr)
        if "formats are not checked" in configured.stderr:
            self.skipTest("no 32-bit mode of the compiler")
        built = self.build()
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
        warnings = [line for line in built.stdout.splitlines() if "warning:" in line]
        self.assertEqual(len(warnings), len(self.WRONG), built.stdout)
        for number, (line, message) in enumerate(self.WRONG):
            self.assertIn(f"app/main/wrong.cpp:{6 + number}:", warnings[number])
            self.assertIn(message, warnings[number])

        # What a component says about its warnings holds for these, too.
        self.write("app/main/CMakeLists.txt", "idf_component_register(SRCS app_main.cpp wrong.cpp)\ncomponent_compile_options(-Wno-format)\n")
        built = self.build()
        self.assertEqual(built.returncode, 0)
        self.assertNotIn("warning:", built.stdout)
        self.write("app/main/CMakeLists.txt", "idf_component_register(SRCS app_main.cpp wrong.cpp)\ncomponent_compile_options(-Werror)\n")
        self.assert_refused(self.build(), "wrong.cpp:6:", "error: format '%d'", "[-Werror=format=]")


class Options(Project):
    def commands(self, defaults):
        project = self.write_project(main="idf_component_register(SRCS app_main.c other.cpp)\n")
        self.write("app/main/other.cpp", "")
        self.write("app/sdkconfig.defaults", defaults)
        result = self.configure(project)
        self.assertEqual(result.returncode, 0, result.stderr)
        commands = json.loads((self.dir / "build" / "compile_commands.json").read_text())
        return {Path(c["file"]).name: c["command"].split() for c in commands}

    def test_the_configuration_decides_about_optimization(self):
        for symbol, options in (
            ("", ["-Og", "-g"]),
            ("CONFIG_COMPILER_OPTIMIZATION_PERF=y\n", ["-O2", "-g"]),
            ("CONFIG_COMPILER_OPTIMIZATION_SIZE=y\nCONFIG_COMPILER_OPTIMIZATION_ASSERTIONS_DISABLE=y\n", ["-Os", "-g", "-DNDEBUG"]),
            ("CONFIG_COMPILER_OPTIMIZATION_NONE=y\n", ["-O0", "-g"]),
        ):
            with self.subTest(symbol=symbol):
                commands = self.commands(symbol)
                for file, standard in (("app_main.c", "-std=gnu17"), ("other.cpp", "-std=gnu++23")):
                    for option in [*options, standard, "-Wall", "-Wextra"]:
                        self.assertIn(option, commands[file])
                    self.assertEqual(len([o for o in commands[file] if o.startswith("-O")]), 1)
                    self.assertEqual("-DNDEBUG" in commands[file], "-DNDEBUG" in options)
                    self.assertNotIn("-isystem", commands[file])


class BuildSystem(Project):
    """The commands of ESP-IDF's build system, in the places where published projects have them."""

    def test_commands_between_include_and_project(self):
        project = self.write_project(main='message("path ${IDF_PATH} property ${MINE}")\n' + MAIN)
        self.write(
            "app/CMakeLists.txt",
            """cmake_minimum_required(VERSION 3.16)
include($ENV{IDF_PATH}/tools/cmake/project.cmake)
idf_build_set_property(DEPENDENCIES_LOCK dependencies.lock.${IDF_TARGET})
idf_build_set_property(COMPILE_DEFINITIONS "EVERYWHERE=3" APPEND)
idf_build_get_property(lock DEPENDENCIES_LOCK)
idf_build_get_property(dir PROJECT_DIR)
message("lock ${lock}, project ${dir}, version ${IDF_VERSION_MAJOR}")
if(IDF_VERSION_MAJOR GREATER_EQUAL 6)
    set(EXTRA_COMPONENT_DIRS "$ENV{IDF_PATH}/tools/test_apps/components")
else()
    set(EXTRA_COMPONENT_DIRS "$ENV{IDF_PATH}/tools/unit-test-app/components")
endif()
idf_build_component("${CMAKE_SOURCE_DIR}/aside")
project(app VERSION 1.2.3 LANGUAGES CXX)
""",
        )
        self.write("app/aside/CMakeLists.txt", "idf_component_register(SRCS aside.c)\nproject(nested C)\nmessage(\"${PROJECT_NAME}\")\n")
        self.write("app/aside/aside.c", "#if EVERYWHERE != 3\n#error no\n#endif\n")
        result = self.configure(project)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f"lock dependencies.lock.esp32p4, project {project}, version 5", result.stderr)
        self.assertIn("nested", result.stderr)
        built = self.build()
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)

    def test_published_esp_dl_is_replaced_where_it_lies(self):
        """Paths relative to esp-dl lead to the project's own tree, and to our esp-dl in it."""
        main = """idf_component_get_property(espdl_dir esp-dl COMPONENT_DIR)
get_filename_component(espdl_root "${espdl_dir}/.." ABSOLUTE)
include(${espdl_dir}/fbs_loader/cmake/utilities.cmake)
idf_component_register(SRCS app_main.c REQUIRES esp-dl)
file(STRINGS "${espdl_root}/models/note.txt" note)
file(STRINGS "${espdl_dir}/../models/note.txt" same)
set(packed ${BUILD_DIR}/espdl_models/all.espdl)
add_custom_command(OUTPUT ${packed} COMMAND python ${espdl_dir}/fbs_loader/pack_espdl_models.py --model_path ${COMPONENT_DIR}/a.espdl
    --out_file ${packed} VERBATIM)
add_custom_target(models ALL DEPENDS ${packed})
message("note ${note} ${same}")
"""
        project = self.write_project(main=main)
        self.write("models/note.txt", "theirs\n")
        self.write("esp-dl/CMakeLists.txt", 'message(FATAL_ERROR "the published esp-dl")\n')
        self.write("app/main/idf_component.yml", 'dependencies:\n  espressif/esp-dl:\n    override_path: "../../esp-dl"\n')
        self.write("app/main/a.espdl", "EDL2" + "x" * 60)
        result = self.configure(project)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("note theirs theirs", result.stderr)
        built = self.build()
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
        self.assertEqual((self.dir / "build/espdl_models/all.espdl").read_bytes()[:4], b"PDL2")

    def test_aligned_data_where_the_build_system_does_not_align(self):
        """As under ESP-IDF, whose target_add_binary_data() aligns to 4 bytes."""
        main = MAIN + """idf_component_get_property(espdl_dir esp-dl COMPONENT_DIR)
include(${espdl_dir}/fbs_loader/cmake/utilities.cmake)
idf_build_set_property(EMBED_ALIGNMENT "")
target_add_aligned_binary_data(${COMPONENT_LIB} odd.bin BINARY)
target_add_aligned_binary_data(${COMPONENT_LIB} other.txt TEXT RENAME_TO text)
"""
        project = self.write_project(main=main)
        self.write("app/main/odd.bin", "12345")
        self.write("app/main/other.txt", "abc")
        self.write("app/main/app_main.c", """#include <stdint.h>
extern const char odd[] asm("_binary_odd_bin_start"), odd_end[] asm("_binary_odd_bin_end"), text[] asm("_binary_text_start");
extern const uint32_t odd_bin_length, text_length;
int right(void) {
    return (uintptr_t)odd % 16 == 0 && (uintptr_t)text % 16 == 0 && odd_end - odd == 5 && odd_bin_length == 5 && text_length == 4 && text[3] == 0;
}
#include <stdio.h>
void app_main(void) { puts(right() ? "all right" : "wrong"); }
""")
        self.assertEqual(self.configure(project).returncode, 0)
        self.assertEqual(self.build().returncode, 0)
        self.assertIn("all right", self.run_program("build"))

    def test_a_folder_is_what_a_partition_holds(self):
        main = MAIN + "spiffs_create_partition_image(files ../files FLASH_IN_PROJECT)\nfatfs_create_spiflash_image(fat ../files FLASH_IN_PROJECT)\n"
        project = self.write_project(main=main)
        self.write("app/sdkconfig.defaults", 'CONFIG_PARTITION_TABLE_CUSTOM=y\nCONFIG_PARTITION_TABLE_CUSTOM_FILENAME="p.csv"\n')
        self.write("app/p.csv", "factory,app,factory,,1M\nfiles,data,spiffs,,64K\nfat,data,fat,,64K\n")
        self.write("app/files/hello.txt", "hello")
        self.write("app/files/sub/inner.txt", "inner")
        self.write("app/main/app_main.c", """#include <stdio.h>
#include "esp_spiffs.h"
#include "esp_vfs_fat.h"
static void show(const char *path) {
    char text[16] = "";
    FILE *file = fopen(path, "r");
    printf("%s: %s\\n", path, file && fgets(text, sizeof(text), file) ? text : "absent");
    if (file) {
        fclose(file);
    }
}
void app_main(void) {
    esp_vfs_spiffs_conf_t conf = {.base_path = "/spiffs", .partition_label = "files", .max_files = 5};
    esp_vfs_fat_mount_config_t fat = {.max_files = 5};
    wl_handle_t handle;
    if (esp_vfs_spiffs_register(&conf) == ESP_OK && esp_vfs_fat_spiflash_mount_rw_wl("/fat", "fat", &fat, &handle) == ESP_OK) {
        show("/spiffs/hello.txt");
        show("/fat/sub/inner.txt");
    }
}
""")
        self.assertEqual(self.configure(project).returncode, 0)
        self.assertEqual(self.build().returncode, 0)
        output = self.run_program("build")
        self.assertIn("/spiffs/hello.txt: hello", output)
        self.assertIn("/fat/sub/inner.txt: inner", output)
        # A changed file is in the next image.
        self.write("app/files/hello.txt", "changed")
        self.assertEqual(self.build().returncode, 0)
        self.assertIn("/spiffs/hello.txt: changed", self.run_program("build"))
        self.write("app/files/large.bin", "x" * 70000)
        refused = self.build()
        self.assert_refused(refused, "the partition has 65536")

    def test_a_table_of_settings_is_what_a_partition_holds(self):
        project = self.write_project(main=MAIN + "nvs_create_partition_image(nvs ../settings.csv FLASH_IN_PROJECT DEPENDS ../blob.bin)\n")
        self.write("app/blob.bin", "0123456789" * 700)
        rows = ["key,type,encoding,value", "first,namespace,,", "count,data,u32,4000000000", "low,data,i64,-5", "name,data,string,Ada Lovelace",
                "second,namespace,,", "bytes,data,hex2bin,00ff10", "text,data,base64,SGVsbG8=", "blob,file,binary,blob.bin", "first,namespace,,", "last,data,u8,7"]
        self.write("app/settings.csv", "\n".join(rows))
        self.write("app/main/app_main.c", """#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "nvs_flash.h"
static char blob[7000];
void app_main(void) {
    nvs_handle_t first, second;
    uint32_t count = 0;
    int64_t low = 0;
    uint8_t last = 0;
    char name[32] = "", text[8] = "";
    unsigned char bytes[3] = {0};
    size_t size = sizeof(name), byte_size = sizeof(bytes), text_size = sizeof(text), blob_size = sizeof(blob);
    ESP_ERROR_CHECK(nvs_flash_init());
    ESP_ERROR_CHECK(nvs_open("first", NVS_READWRITE, &first));
    ESP_ERROR_CHECK(nvs_open("second", NVS_READONLY, &second));
    ESP_ERROR_CHECK(nvs_get_u32(first, "count", &count));
    ESP_ERROR_CHECK(nvs_get_i64(first, "low", &low));
    ESP_ERROR_CHECK(nvs_get_u8(first, "last", &last));
    ESP_ERROR_CHECK(nvs_get_str(first, "name", name, &size));
    ESP_ERROR_CHECK(nvs_get_blob(second, "bytes", bytes, &byte_size));
    ESP_ERROR_CHECK(nvs_get_blob(second, "text", text, &text_size));
    ESP_ERROR_CHECK(nvs_get_blob(second, "blob", blob, &blob_size));
    printf("%" PRIu32 " %" PRId64 " %d %s %02x%02x%02x %s %d %.4s\\n", count, low, last, name, bytes[0], bytes[1], bytes[2], text, (int)blob_size, blob + 6996);
    ESP_ERROR_CHECK(nvs_set_u32(first, "count", 1));
    ESP_ERROR_CHECK(nvs_commit(first));
}
""")
        self.assertEqual(self.configure(project).returncode, 0)
        self.assertEqual(self.build().returncode, 0)
        self.assertIn("4000000000 -5 7 Ada Lovelace 00ff10 Hello 7000 6789", self.run_program("build"))
        self.write("app/settings.csv", "\n".join([*rows, "bad,data,u8,300"]))
        self.assert_refused(self.build(), "settings.csv:12: key 'bad': '300' is no u8")

    def test_a_folder_for_a_partition_that_is_not_there(self):
        project = self.write_project(main=MAIN + "spiffs_create_partition_image(absent . FLASH_IN_PROJECT)\n")
        self.assert_refused(self.configure(project), "the partition table has no partition 'absent'")

    def test_a_table_of_settings_that_is_not_there(self):
        project = self.write_project(main=MAIN + "nvs_create_partition_image(nvs absent.csv FLASH_IN_PROJECT)\n")
        self.assert_refused(self.configure(project), "absent.csv): there is no such file")

    def test_names_of_esp_idf_and_components_called_like_parts_of_ours(self):
        main = """idf_component_get_property(freertos_lib freertos COMPONENT_LIB)
idf_component_get_property(espdl_lib esp-dl COMPONENT_LIB)
idf_component_register(SRCS app_main.cpp REQUIRES esp-dl audio freertos)
target_compile_options(${freertos_lib} PRIVATE -Wno-error)
target_compile_options(${espdl_lib} PRIVATE -Wno-format)
target_link_libraries(${COMPONENT_LIB} PRIVATE idf::esp_timer ${freertos_lib} ${espdl_lib})
fail_at_build_time(no_such_thing "it cannot be built")
set_target_properties(no_such_thing PROPERTIES EXCLUDE_FROM_ALL TRUE)
"""
        project = self.write_project(main=main)
        self.write("app/components/audio/CMakeLists.txt", "set(COMPONENT_SRCS audio.c)\nset(COMPONENT_ADD_INCLUDEDIRS .)\nregister_component()\n")
        self.write("app/components/audio/audio.c", "int audio_volume(void) { return 11; }\n")
        self.write("app/components/audio/audio.h", "#pragma once\nint audio_volume(void);\n")
        self.write("app/main/app_main.cpp", """#include <cstdio>
#include "dl_audio_wav.hpp"
#include "dl_tensor_base.hpp"
extern "C" {
#include "audio.h"
void app_main() { printf("volume %d of %d\\n", audio_volume(), dl::TensorBase({2, 3}, nullptr, 0, dl::DATA_TYPE_INT8).get_size()); }
}
""")
        configured = self.configure(project)
        self.assertEqual(configured.returncode, 0, configured.stderr)
        built = self.build()
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)
        self.assertIn("volume 11 of 6", self.run_program("build"))
        failed = run(["cmake", "--build", self.dir / "build", "--target", "no_such_thing"], **self.environment())
        self.assert_refused(failed, "error: it cannot be built")

    def test_partition_info(self):
        main = MAIN + """partition_table_get_partition_info(offset "--partition-name model" "offset")
partition_table_get_partition_info(size "--partition-name model" "size")
partition_table_get_partition_info(none "--partition-name absent" "size")
partition_table_get_partition_info(boot "--partition-boot-default" "name")
partition_table_get_partition_info(data "--partition-type data --partition-subtype spiffs" "name")
message("offset ${offset} size ${size} none '${none}' boot ${boot} data ${data}")
if("${size}" AND "${offset}")
    message("both")
endif()
"""
        project = self.write_project(main=main)
        self.write("app/sdkconfig.defaults", "CONFIG_PARTITION_TABLE_CUSTOM=y\n")
        self.write(
            "app/partitions.csv",
            "nvs, data, nvs, 0xA000, 20K,\nother, app, ota_0, 0x10000, 1M,\nfactory, app, factory, 0x110000, 1M,\nmodel, data, spiffs, , 256K,\n",
        )
        result = self.configure(project)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("offset 0x210000 size 0x40000 none '' boot factory data model\nboth", result.stderr)


class Errors(Project):
    def test_unknown_requirement(self):
        project = self.write_project(main="idf_component_register(SRCS app_main.c REQUIRES warp_drive)\n")
        self.assert_refused(self.configure(project), "'main'", "requires 'warp_drive'")

    def test_requirement_of_esp_idf_is_the_hals(self):
        project = self.write_project(main="idf_component_register(SRCS app_main.c REQUIRES esp_lcd nvs_flash PRIV_REQUIRES fatfs)\n")
        result = self.configure(project)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_requirement_that_is_not_emulated(self):
        project = self.write_project(main="idf_component_register(SRCS app_main.c REQUIRES esp_wifi)\n")
        self.assert_refused(self.configure(project), "'main'", "requires 'esp_wifi', which is not emulated: Wi-Fi.")

    def test_components_that_require_each_other(self):
        project = self.write_project(main="idf_component_register(SRCS app_main.c REQUIRES a)\n")
        for name, other in (("a", "b"), ("b", "a")):
            self.write(f"app/components/{name}/CMakeLists.txt", f"idf_component_register(SRCS {name}.c PRIV_REQUIRES {other})\n")
            self.write(f"app/components/{name}/{name}.c", f"int {other}(int n);\nint {name}(int n) {{ return n > 0 ? {other}(n - 1) : 0; }}\n")
        self.write("app/main/app_main.c", "int a(int n);\nvoid app_main(void) { a(3); }\n")
        self.assertEqual(self.configure(project).returncode, 0)
        built = self.build()
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)

    def test_unsupported_chip(self):
        project = self.write_project(main="idf_component_register(SRCS app_main.c REQUIRED_IDF_TARGETS esp32s3 esp32)\n")
        self.assert_refused(self.configure(project), "esp32p4")

    def test_embedded_file_that_does_not_exist(self):
        project = self.write_project(main="idf_component_register(SRCS app_main.c EMBED_FILES nothing.bin)\n")
        self.assert_refused(self.configure(project), "nothing.bin")

    def test_unknown_argument(self):
        project = self.write_project(main="idf_component_register(app_main.c)\n")
        self.assert_refused(self.configure(project), "app_main.c")

    def test_unknown_board(self):
        project = self.write_project()
        self.assert_refused(self.configure(project, "-DDESKBOARD_BOARD=toaster"), "toaster", "esp32_s3_eye")

    def test_unknown_dependency(self):
        project = self.write_project()
        self.write("app/main/idf_component.yml", "dependencies:\n  acme/rocket: '*'\n")
        self.assert_refused(self.configure(project), "acme/rocket")

    def test_file_that_does_not_fit_its_partition_and_partition_that_does_not_exist(self):
        flash = 'idf_component_register(SRCS app_main.c)\nesptool_py_flash_to_partition(flash "LABEL" "${COMPONENT_DIR}/big.bin")\n'
        project = self.write_project(main=flash.replace("LABEL", "nvs"))
        self.write("app/main/big.bin", "x" * 30000)
        self.assertEqual(self.configure(project).returncode, 0)
        self.assert_refused(self.build(), "big.bin (30000 bytes) does not fit into partition 'nvs'")
        self.write("app/main/CMakeLists.txt", flash.replace("LABEL", "absent"))
        self.assert_refused(self.build(), "has no partition 'absent'")

    def test_partition_table_with_a_mistake(self):
        project = self.write_project()
        self.write("app/sdkconfig.defaults", 'CONFIG_PARTITION_TABLE_CUSTOM=y\nCONFIG_PARTITION_TABLE_CUSTOM_FILENAME="p.csv"\n')
        self.assert_refused(self.configure(project), "p.csv")
        self.write("app/p.csv", "factory, app, factory, 0x10000, 1M,\nother, data, nvs, 0x20000, 4K,\n")
        self.assertEqual(self.configure(project).returncode, 0)
        self.assert_refused(self.build(), "p.csv:2", "other")

    def test_model_that_is_nowhere(self):
        project = self.write_project(main=MAIN + "idf_component_get_property(espdl_dir esp-dl COMPONENT_DIR)\ninclude(${espdl_dir}/fbs_loader/cmake/models.cmake)\ndeskboard_find_model(model absent.espdl)\n")
        self.assert_refused(self.configure(project), "absent.espdl", "--model FILE", "fw models fetch", "DESKBOARD_TESTDATA")
        self.write("mine.espdl", "EDL2")
        self.assertEqual(self.configure(project, f"-DDESKBOARD_MODEL={self.dir / 'mine.espdl'}").returncode, 0)
        self.assertEqual((self.dir / "build/espdl_models/p4/absent.espdl").read_text(), "EDL2")


if __name__ == "__main__":
    unittest.main()
