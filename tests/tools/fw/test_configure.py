"""Kconfig, sdkconfig.defaults and sdkconfig to sdkconfig.h."""

import sys
import types
import unittest

from support import ROOT, TemporaryFolder, run

KCONFIG = """
menu "thing"
    config THING_SIZE
        int "size"
        default 5
    config THING_NAME
        string "name"
        default "a \\"quoted\\" one"
    config THING_ADDRESS
        hex "address"
        default 0x1000
    choice THING_MODEL_LOCATION
        prompt "location"
        default THING_MODEL_IN_FLASH_RODATA
        config THING_MODEL_IN_FLASH_RODATA
            bool "rodata"
        config THING_MODEL_IN_FLASH_PARTITION
            bool "partition"
        config THING_MODEL_IN_SDCARD
            bool "sdcard"
    endchoice
    config THING_ON_P4
        bool
        default y if IDF_TARGET_ESP32P4
endmenu
"""


class Configure(TemporaryFolder):
    def configure(self, *arguments, target="esp32p4", kconfig=KCONFIG):
        self.write("Kconfig", kconfig)
        return run(
            [sys.executable, "-B", ROOT / "tools/fw/configure.py", "--root", ROOT, "--target", target]
            + ["--psram-size", 32 << 20, "--out", self.dir / "out", "--kconfig", self.dir / "Kconfig"]
            + list(arguments)
        )

    def header(self):
        values = {}
        for line in (self.dir / "out" / "sdkconfig.h").read_text().splitlines():
            if line.startswith("#define "):
                _, name, value = line.split(" ", 2)
                values[name] = value
        return values

    def test_names_of_esp_idf_4(self):
        self.write(
            "defaults",
            "CONFIG_ESP32S3_SPIRAM_SUPPORT=y\nCONFIG_ESP32S3_DEFAULT_CPU_FREQ_160=y\nCONFIG_MAIN_TASK_STACK_SIZE=9000\nCONFIG_NOBODYS=y\n",
        )
        result = self.configure("--defaults", self.dir / "defaults", target="esp32s3")
        self.assertEqual(result.returncode, 0, result.stderr)
        values = self.header()
        self.assertEqual(values["CONFIG_SPIRAM"], "1")
        self.assertEqual(values["CONFIG_ESP_DEFAULT_CPU_FREQ_MHZ"], "160")
        self.assertEqual(values["CONFIG_ESP_MAIN_TASK_STACK_SIZE"], "9000")
        self.assertIn("CONFIG_ESP32S3_SPIRAM_SUPPORT is CONFIG_SPIRAM now", result.stderr)
        self.assertIn("ignored: CONFIG_NOBODYS", result.stderr)
        self.assertIn("CONFIG_ESP32S3_SPIRAM_SUPPORT=y in defaults", (self.dir / "out" / "sdkconfig.cmake").read_text())
        # Another chip's means nothing.
        result = self.configure("--defaults", self.dir / "defaults", target="esp32p4")
        self.assertNotIn("CONFIG_SPIRAM", self.header())

    def test_old_names_below_the_new_ones(self):
        self.write(
            "sdkconfig",
            "CONFIG_SPIRAM=y\n# CONFIG_BOOTLOADER_LOG_LEVEL_NONE is not set\nCONFIG_ESP_MAIN_TASK_STACK_SIZE=8000\n"
            "# Deprecated options for backward compatibility\n# CONFIG_ESP32S3_SPIRAM_SUPPORT is not set\n"
            "CONFIG_MAIN_TASK_STACK_SIZE=9000\n# End of deprecated options\n",
        )
        result = self.configure("--defaults", self.dir / "sdkconfig", target="esp32s3")
        self.assertEqual(result.returncode, 0, result.stderr)
        values = self.header()
        self.assertEqual(values["CONFIG_SPIRAM"], "1")
        self.assertEqual(values["CONFIG_ESP_MAIN_TASK_STACK_SIZE"], "8000")
        self.assertNotIn("taken as that", result.stderr)

    def test_defaults(self):
        result = self.configure()
        self.assertEqual(result.returncode, 0, result.stderr)
        values = self.header()
        self.assertEqual(values["CONFIG_THING_SIZE"], "5")
        self.assertEqual(values["CONFIG_THING_NAME"], '"a \\"quoted\\" one"')
        self.assertEqual(values["CONFIG_THING_ADDRESS"], "0x1000")
        self.assertEqual(values["CONFIG_THING_MODEL_IN_FLASH_RODATA"], "1")
        self.assertNotIn("CONFIG_THING_MODEL_IN_SDCARD", values)
        self.assertEqual(values["CONFIG_THING_ON_P4"], "1")
        self.assertEqual(values["CONFIG_IDF_TARGET"], '"esp32p4"')
        # ESP-IDF's, whatever the board has.
        self.assertEqual(values["CONFIG_ESPTOOLPY_FLASHSIZE"], '"2MB"')
        self.assertEqual(values["CONFIG_PARTITION_TABLE_OFFSET"], "0x8000")
        self.assertNotIn("CONFIG_SPIRAM", values)
        self.assertEqual(values["CONFIG_COMPILER_OPTIMIZATION_DEBUG"], "1")

    def test_what_switches_the_psram_on_is_named(self):
        first = self.write("sdkconfig.defaults", "CONFIG_SPIRAM=y\n")
        second = self.write("sdkconfig.defaults.esp32p4", "# CONFIG_SPIRAM is not set\n")
        for arguments, setting in (
            ((), "CONFIG_SPIRAM is not set"),
            (("--defaults", first), "CONFIG_SPIRAM=y in sdkconfig.defaults"),
            (("--defaults", first, "--defaults", second), "CONFIG_SPIRAM=n in sdkconfig.defaults.esp32p4"),
        ):
            with self.subTest(arguments=arguments):
                self.configure(*arguments)
                self.assertIn(f'set(DESKBOARD_PSRAM_SETTING "{setting}")', (self.dir / "out" / "sdkconfig.cmake").read_text())
        result = self.configure("--defaults", first, "--psram-size", "0")
        self.assertIn("CONFIG_SPIRAM=y in sdkconfig.defaults, but this board has no PSRAM", result.stderr)

    def test_target_decides(self):
        self.configure(target="esp32s3")
        values = self.header()
        self.assertNotIn("CONFIG_THING_ON_P4", values)
        self.assertIn("CONFIG_IDF_TARGET_ESP32S3", values)
        self.assertNotIn("CONFIG_IDF_TARGET_ESP32P4", values)

    def test_later_defaults_win_and_sdkconfig_wins_over_them(self):
        first = self.write("sdkconfig.defaults", "CONFIG_THING_SIZE=6\nCONFIG_THING_ADDRESS=0x2000\n")
        second = self.write("sdkconfig.defaults.esp32p4", "CONFIG_THING_SIZE=7\n")
        self.configure("--defaults", first, "--defaults", second)
        self.assertEqual(self.header()["CONFIG_THING_SIZE"], "7")
        self.assertEqual(self.header()["CONFIG_THING_ADDRESS"], "0x2000")
        own = self.write("sdkconfig", 'CONFIG_IDF_TARGET="esp32p4"\nCONFIG_THING_SIZE=8\n')
        self.configure("--defaults", first, "--sdkconfig", own)
        self.assertEqual(self.header()["CONFIG_THING_SIZE"], "8")

    def test_sdkconfig_of_another_chip_is_not_used(self):
        own = self.write("sdkconfig", 'CONFIG_IDF_TARGET="esp32s3"\nCONFIG_THING_SIZE=8\n')
        result = self.configure("--sdkconfig", own)
        self.assertEqual(self.header()["CONFIG_THING_SIZE"], "5")
        self.assertIn("another chip", result.stderr)

    def test_unknown_symbols_are_named_and_not_fatal(self):
        defaults = self.write("sdkconfig.defaults", "CONFIG_WIFI_ANTENNAS=3\nCONFIG_THING_SIZE=9\n")
        result = self.configure("--defaults", defaults)
        self.assertEqual(result.returncode, 0)
        self.assertIn("CONFIG_WIFI_ANTENNAS", result.stderr)
        self.assertEqual(self.header()["CONFIG_THING_SIZE"], "9")

    def test_model_location(self):
        for location, symbol in (("partition", "FLASH_PARTITION"), ("sdcard", "SDCARD"), ("rodata", "FLASH_RODATA")):
            self.configure("--model-location", location)
            chosen = [name for name in self.header() if name.startswith("CONFIG_THING_MODEL_IN_")]
            self.assertEqual(chosen, [f"CONFIG_THING_MODEL_IN_{symbol}"])

    def test_model_location_without_a_choice_is_refused(self):
        result = self.configure("--model-location", "sdcard", kconfig="config OTHER\n    bool\n")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--model-location sdcard", result.stderr)

    def test_broken_kconfig_names_file_and_line(self):
        result = self.configure(kconfig="config A\n    bool\nconfgi B\n")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, "Kconfig:3")

    def test_unchanged_values_keep_the_header_untouched(self):
        self.configure()
        before = (self.dir / "out" / "sdkconfig.h").stat().st_mtime_ns
        self.configure()
        self.assertEqual((self.dir / "out" / "sdkconfig.h").stat().st_mtime_ns, before)

    def test_changes_made_in_menuconfig_are_kept_apart(self):
        import configure

        self.configure()
        args = types.SimpleNamespace(
            root=ROOT, target="esp32p4", psram_size=32 << 20, out=self.dir / "out",
            kconfig=[self.dir / "Kconfig"], kconfig_projbuild=[], defaults=[], sdkconfig=None,
        )
        edited = self.write("edited", (self.dir / "out" / "sdkconfig").read_text().replace("THING_SIZE=5", "THING_SIZE=77"))
        configure.save_changes(args, edited, self.dir / "out" / "sdkconfig.user")
        self.assertIn("CONFIG_THING_SIZE=77", (self.dir / "out" / "sdkconfig.user").read_text())
        self.assertNotIn("THING_ADDRESS", (self.dir / "out" / "sdkconfig.user").read_text())
        self.configure()
        self.assertEqual(self.header()["CONFIG_THING_SIZE"], "77")


if __name__ == "__main__":
    unittest.main()
