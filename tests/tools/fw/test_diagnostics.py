"""What is shown of a failed build: the error first."""

import unittest

from support import ROOT, TemporaryFolder

import diagnostics
import idf_components
import includes

CMAKE = """-- The C compiler identification is GNU 12.2.0
-- Detecting C compiler ABI info
CMake Warning at main/CMakeLists.txt:3 (message):
  careful

  now


CMake Error at main/CMakeLists.txt:7 (idf_component_registr):
  Unknown CMake command "idf_component_registr".
Call Stack (most recent call first):
  /x/cmake/build.cmake:9 (add_subdirectory)


-- Configuring incomplete, errors occurred!
"""

NINJA = """[1/4] Building C object good.c.o
[2/4] Building CXX object main/bad.cpp.o
FAILED: main/bad.cpp.o
/usr/bin/c++ -O2 -Wall -o main/bad.cpp.o -c /p/main/bad.cpp
In file included from /p/main/bad.cpp:1:
/p/main/bad.hpp: In function 'int f()':
/p/main/bad.hpp:3:9: warning: unused variable 'unused' [-Wunused-variable]
    3 |     int unused;
/p/main/bad.cpp: In function 'int g()':
/p/main/bad.cpp:5:12: error: 'y' was not declared in this scope
    5 |     return y;
      |            ^
/p/main/bad.cpp:4:1: note: something about it
[3/4] Building CXX object main/worse.cpp.o
FAILED: main/worse.cpp.o
/usr/bin/c++ -O2 -o main/worse.cpp.o -c /p/main/worse.cpp
/p/main/worse.cpp:1:10: fatal error: esp_wifi.h: No such file or directory
    1 | #include "esp_wifi.h"
compilation terminated.
[4/4] Linking
FAILED: app.elf
: && /usr/bin/c++ -o app.elf && :
/usr/bin/ld: a.o: in function `app_main':
a.c:1: undefined reference to `nothing'
ninja: build stopped: subcommand failed.
"""


class Reports(TemporaryFolder):
    def absent(self):
        return diagnostics.absent_headers(idf_components.read_list(ROOT))

    def test_cmake(self):
        self.assertEqual(diagnostics.configure_report(CMAKE, "/p"), '/p/main/CMakeLists.txt:7: error: Unknown CMake command "idf_component_registr".')
        self.assertEqual(diagnostics.configure_warnings("note: a\n" + CMAKE), ["note: a", "main/CMakeLists.txt:3: warning: careful\nnow"])
        self.assertEqual(diagnostics.configure_report("killed\n", "/p"), "killed")
        line = self.write("deskboard-error.txt", "one line\n")
        self.assertEqual(diagnostics.configure_report(CMAKE, "/p", line), "one line")

    def test_compiler_and_linker(self):
        report = diagnostics.build_report(NINJA.splitlines(True), self.absent()).splitlines()
        self.assertEqual(report[0], "/p/main/bad.cpp: In function 'int g()':")
        self.assertTrue(report[1].startswith("/p/main/bad.cpp:5:12: error: 'y'"))
        self.assertIn("/p/main/bad.cpp:4:1: note: something about it", report[:6])
        text = "\n".join(report)
        for absent in ("FAILED", "/usr/bin/c++", "[2/4]", "ninja:", "compilation terminated"):
            self.assertNotIn(absent, text)
        self.assertIn("esp_wifi.h is not emulated: Wi-Fi.", text)
        self.assertIn("undefined reference to `nothing'", text)
        self.assertGreater(text.index("warning: unused"), text.index("undefined reference"))


class Includes(TemporaryFolder):
    def scan(self, text):
        source = self.write("main/a.cpp", text)
        return includes.scan([source], [ROOT / "hal/include"], diagnostics.absent_headers(idf_components.read_list(ROOT)), [self.dir / "main"])

    def test_headers_of_what_is_not_emulated(self):
        self.write("main/guarded.h", "// c\n#ifndef G\n#define G\n#include <nimble/ble.h>\n#endif\n")
        for text, line in (
            ('\n#include "esp_wifi.h"\n', "a.cpp:2: esp_wifi.h is not emulated: Wi-Fi"),
            ("#include <lwip/sockets.h>\n", "a.cpp:1: lwip/sockets.h"),
            ('#include "guarded.h"\n', "guarded.h:4: nimble/ble.h is not emulated: Bluetooth"),
            ('#include "esp_lcd_panel_ops.h"\n', "displays"),
        ):
            with self.subTest(text=text):
                messages = self.scan(text)
                self.assertEqual(len(messages), 1, messages)
                self.assertIn(line, messages[0])

    def test_what_the_compiler_has_to_decide(self):
        self.write("main/esp_now.h", "")
        for text in (
            '#ifdef X\n#include "esp_wifi.h"\n#endif\n',
            '/*\n#include "esp_wifi.h"\n*/\n// #include "esp_wifi.h"\n',
            '#include "esp_now.h"\n#include "esp_timer.h"\n#include <vector>\n#include "not_there_at_all.h"\n',
            '#if __has_include("esp_wifi.h")\n#if 1\n#include "esp_wifi.h"\n#endif\n#endif\n',
        ):
            with self.subTest(text=text):
                self.assertEqual(self.scan(text), [])


class List(unittest.TestCase):
    def test_it_claims_only_what_is_there(self):
        listed = idf_components.read_list(ROOT)
        for name in ("esp_timer", "freertos", "nvs_flash", "fatfs", "esp32_p4_function_ev_board", "esp_lcd", "bootloader"):
            self.assertTrue(listed[name].here, name)
        for name in ("esp_wifi", "bt", "esp_http_server", "lwip", "mqtt", "esp_driver_cam"):
            self.assertFalse(listed[name].here, name)
        text = (ROOT / "cmake" / "idf_components.txt").read_text()
        for line in text.splitlines():
            if line and not line.startswith("#") and line.split("|")[2].strip() != "-":
                self.assertRegex(line, r"\|.*\|.*\.h", "a component with an interface names a header")


if __name__ == "__main__":
    unittest.main()
