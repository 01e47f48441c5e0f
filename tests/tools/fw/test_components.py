"""Which components a project consists of, and what their manifests add."""

import re
import sys
import unittest

from support import ROOT, TemporaryFolder, run


class Components(TemporaryFolder):
    def setUp(self):
        super().setUp()
        self.component("root/components/esp-dl")
        self.component("root/components/coco_detect", 'dependencies:\n  espressif/esp-dl:\n    version: "*"\n    override_path: "../esp-dl"\n')
        self.write("root/components/esp-dl/idf_component.yml", 'version: "3.3.9"\n')
        self.write("root/components/esp-dl/deskboard.yml", "replaces: true\n")
        self.write("root/hal/include/esp_timer.h", "")
        self.write("root/hal/include/bsp/p4.h", "")
        self.write(
            "root/cmake/idf_components.txt",
            "# comment\nesp_timer | timers | esp_timer.h\nesp32_p4_function_ev_board 4.2.0 | a board | bsp/*.h\n"
            "esp_wifi | Wi-Fi | esp_wifi.h\nesp_lcd | displays | -\nlvgl | pictures on displays | lvgl.h\n",
        )

    def component(self, path, manifest=None):
        self.write(f"{path}/CMakeLists.txt", "idf_component_register()\n")
        if manifest is not None:
            self.write(f"{path}/idf_component.yml", manifest)

    def resolve(self, *arguments, target="esp32p4", environment=None):
        result = run(
            [sys.executable, "-B", ROOT / "tools/fw/components.py", "--root", self.dir / "root", "--target", target]
            + ["--project", self.dir / "app", "--out", self.dir / "out.cmake", *arguments],
            **(environment or {}),
        )
        self.folders, self.requires, self.roots = {}, {}, []
        if result.returncode == 0:
            text = (self.dir / "out.cmake").read_text()
            self.folders = {n: p for n, p in re.findall(r'_add_component_dir\("(.*)" "(.*)"\)', text)}
            self.requires = {n: r.split(";") for n, r in re.findall(r'"(.*)" MANAGED_PRIV_REQUIRES "(.*)"', text)}
            self.public = {n: r.split(";") for n, r in re.findall(r'"(.*)" MANAGED_REQUIRES "(.*)"', text)}
            self.roots = re.search(r'ROOTS "(.*)"', text)[1].split(";")
        return result

    def test_override_path_wins(self):
        self.component("mine/coco_detect")
        self.component("app/main", 'dependencies:\n  espressif/coco_detect:\n    override_path: "../../mine/coco_detect"\n')
        self.assertEqual(self.resolve().returncode, 0)
        self.assertEqual(self.folders["coco_detect"], str(self.dir / "mine/coco_detect"))
        self.assertEqual(self.requires["main"], ["coco_detect"])

    def test_registry_name_resolves_to_ours(self):
        self.component("app/main", 'dependencies:\n  espressif/coco_detect: "^0.2.0"\n')
        self.assertEqual(self.resolve().returncode, 0)
        self.assertEqual(self.folders["coco_detect"], str(self.dir / "root/components/coco_detect"))
        self.assertEqual(self.requires["coco_detect"], ["esp-dl"])

    def test_the_projects_own_component_wins(self):
        self.component("app/main", 'dependencies:\n  espressif/coco_detect: "^0.2.0"\n')
        self.component("app/components/coco_detect")
        self.resolve()
        # main's manifest is read first, as the component manager does; the folder beside it is the nearer one all the same.
        self.assertEqual(self.folders["coco_detect"], str(self.dir / "app/components/coco_detect"))

    def test_esp_dl_is_always_ours(self):
        self.component("elsewhere/esp-dl")
        self.component("app/main", 'dependencies:\n  espressif/esp-dl:\n    override_path: "../../elsewhere/esp-dl"\n')
        result = self.resolve()
        self.assertEqual(self.folders["esp-dl"], str(self.dir / "root/components/esp-dl"))
        self.assertIn("not from", result.stderr)

    def test_rules(self):
        manifest = 'dependencies:\n  x:\n    path: "../../x"\n    rules:\n     - if: "target in [esp32p4]"\n'
        self.component("x")
        self.component("app/main", manifest)
        self.resolve()
        self.assertIn("x", self.folders)
        self.resolve(target="esp32s3")
        self.assertNotIn("x", self.folders)

    def test_board_support_package_is_the_hals(self):
        self.component("app/main", 'dependencies:\n  espressif/esp32_p4_function_ev_board: "^4.0"\n')
        self.assertEqual(self.resolve().returncode, 0)
        self.assertNotIn("esp32_p4_function_ev_board", self.folders)
        self.assertEqual(self.requires["main"], ["esp32_p4_function_ev_board"])

    def manifest(self, text):
        self.component("app/main", f"dependencies:\n{text}")
        return self.resolve()

    def test_part_of_esp_idf_that_is_not_emulated(self):
        result = self.manifest('  espressif/esp_wifi: "*"\n')
        self.assertEqual(result.returncode, 2)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertIn("not emulated: Wi-Fi", result.stderr)

    def test_part_of_another_namespace_that_is_not_emulated(self):
        result = self.manifest('  lvgl/lvgl: "^9"\n')
        self.assertEqual(result.returncode, 2)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertIn("not emulated: pictures on displays", result.stderr)

    def test_versions_are_checked(self):
        for spec, fits in (
            ("*", True), ("^3.1.0", True), ("~3.3.0", True), (">=3.0,<4", True), ("3.3.9", True), ("3.3", True), ("~=3.3.0", True),
            ("^2.0.0", False), ("~3.1.0", False), ("<3.3.9", False), ("==3.3.8", False), ("!=3.3.9", False),
        ):  # fmt: skip
            with self.subTest(spec=spec):
                result = self.manifest(f'  espressif/esp-dl: "{spec}"\n')
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual("asks for" in result.stderr, not fits, result.stderr)
        result = self.manifest('  esp32_p4_function_ev_board: "^5"\n')
        self.assertIn("asks for esp32_p4_function_ev_board ^5; provided here is 4.2.0", result.stderr)
        result = self.manifest('  idf: ">=9.0"\n')
        self.assertIn("asks for ESP-IDF >=9.0", result.stderr)
        result = self.manifest('  espressif/esp-dl: "three"\n')
        self.assertEqual(result.returncode, 2)
        self.assertIn("'three' is no version", result.stderr)

    def test_namespaces_count(self):
        self.component("root/components/opencv-mobile", 'version: "4.10.0"\n')
        self.write("root/components/opencv-mobile/deskboard.yml", "provides: [100312dog/opencv-mobile]\npackages: [bash]\n")
        self.assertEqual(self.manifest('  100312dog/opencv-mobile: "*"\n').returncode, 0)
        self.assertEqual(self.requires["main"], ["opencv-mobile"])
        self.assertIn('"opencv-mobile" PACKAGES "bash"', (self.dir / "out.cmake").read_text())
        for name in ("acme/opencv-mobile", "acme/coco_detect", "acme/esp_timer"):
            with self.subTest(name=name):
                self.assertIn(f"'{name}' is not known here", self.manifest(f'  {name}: "*"\n').stderr)

    def test_require_and_public(self):
        for name in "abcd":
            self.component(name)
        text = "".join(f'  {n}:\n    path: "../../{n}"\n    {more}\n' for n, more in zip("abcd", ("public: true", "require: public", "require: no", "")))
        self.assertEqual(self.manifest(text).returncode, 0)
        self.assertEqual(self.public["main"], ["a", "b"])
        self.assertEqual(self.requires["main"], ["d"])
        self.assertIn("c", self.folders)

    def test_conditions(self):
        self.component("x")
        self.write("app/sdkconfig.defaults", "CONFIG_LEVEL=3\nCONFIG_FAST=y\n")
        for group, texts, applies in (
            ("rules", ("target == esp32p4", "idf_version >=5.0"), True),
            ("rules", ("target == esp32p4", "idf_version <5.0"), False),
            ("matches", ("target == esp32s3", "idf_version >=5.0"), True),
            ("matches", ("target == esp32s3",), False),
            ("rules", ("$CONFIG{LEVEL} >= 3", "$CONFIG{FAST} == True", "$CONFIG{ABSENT} != True"), True),
            ("rules", ("$CONFIG{FAST} == False",), False),
            ("rules", ("$MODE in [a, b]",), True),
            ("rules", ("${MODE} == c",), False),
        ):
            with self.subTest(texts=texts):
                clauses = "".join(f"      - if: '{t}'\n" for t in texts)
                self.component("app/main", f'dependencies:\n  x:\n    path: "${{PLACE}}/x"\n    {group}:\n{clauses}')
                result = self.resolve("--config", self.dir / "app/sdkconfig.defaults", environment={"MODE": "a", "PLACE": "../.."})
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual("x" in self.folders, applies)
        result = self.resolve(environment={"MODE": "c"})
        self.assertIn("PLACE is not set", result.stderr)

    def test_the_first_match_gives_the_version(self):
        clauses = "    matches:\n      - if: idf_version >=5.0\n        version: ^9.0\n      - if: target == esp32p4\n        version: ^3.0\n"
        self.assertIn("asks for espressif/esp-dl ^9.0", self.manifest(f"  espressif/esp-dl:\n    version: '*'\n{clauses}").stderr)

    def test_git_is_not_downloaded(self):
        result = self.manifest("  rocket:\n    git: https://example.org/rocket.git\n    path: parts\n")
        self.assertEqual(result.returncode, 2)
        self.assertIn("https://example.org/rocket.git", result.stderr)
        self.assertIn("components/rocket", result.stderr)
        self.component("app/managed_components/espressif__rocket")
        self.assertEqual(self.manifest("  rocket:\n    git: https://example.org/rocket.git\n").returncode, 0)

    def test_overrides(self):
        self.component("patched/coco_detect")
        self.component("app/main", "dependencies:\n  coco_detect: '*'\noverrides:\n  - espressif/coco_detect:\n      with:\n        coco_detect:\n          path: ../../patched/coco_detect\n")
        self.assertEqual(self.resolve().returncode, 0)
        self.assertEqual(self.folders["coco_detect"], str(self.dir / "patched/coco_detect"))
        self.component("app/components/other", "overrides:\n  - a:\n      with:\n        b: {version: '*'}\n")
        self.assertIn("only one manifest", self.resolve().stderr)

    def test_a_mistake_in_a_manifest_is_shown_with_its_line(self):
        for text, line in (("dependencies:\n  a: [1\n", 3), ("a: b\n c: d\n", 2), ("dependencies:\n\ta: b\n", 2)):
            with self.subTest(text=text):
                self.component("app/main", text)
                result = self.resolve()
                self.assertEqual(result.returncode, 2)
                self.assertIn(f"idf_component.yml:{line}: ", result.stderr)
                self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        for text in ("dependencies: 5\n", "- a\n", "dependencies:\n  x:\n    rules: yes\n", "overrides: [3]\n"):
            with self.subTest(text=text):
                self.component("app/main", text)
                result = self.resolve()
                self.assertEqual(result.returncode, 2)
                self.assertNotIn("Traceback", result.stderr)

    def test_a_projects_component_called_like_a_part_of_ours(self):
        self.component("root/components/audio")
        self.write("root/components/audio/deskboard.yml", "provides: []\n")
        self.component("app/main", 'dependencies:\n  esp-dl: "*"\n')
        self.component("app/components/audio")
        self.assertEqual(self.resolve().returncode, 0)
        self.assertEqual(self.folders["audio"], str(self.dir / "app/components/audio"))

    def test_unknown_dependency_is_named(self):
        self.component("app/main", 'dependencies:\n  acme/rocket: "1.0"\n')
        result = self.resolve()
        self.assertEqual(result.returncode, 2)
        self.assertIn("'acme/rocket'", result.stderr)
        self.assertIn("idf_component.yml", result.stderr)

    def test_managed_components_serve_what_nobody_else_has(self):
        self.component("app/main", 'dependencies:\n  acme/rocket: "1.0"\n')
        self.component("app/managed_components/acme__rocket")
        self.assertEqual(self.resolve().returncode, 0)
        self.assertEqual(self.folders["rocket"], str(self.dir / "app/managed_components/acme__rocket"))

    def test_extra_component_dirs(self):
        self.component("app/main")
        self.component("more/one")
        self.component("more/two")
        self.component("single")
        self.resolve("--extra", "../more", "--extra", self.dir / "single")
        self.assertEqual(self.roots, ["main", "one", "two", "single"])
        result = self.resolve("--extra", "../nowhere")
        self.assertEqual(result.returncode, 2)
        self.assertIn("nowhere", result.stderr)

    def test_no_project(self):
        result = self.resolve()
        self.assertEqual(result.returncode, 2)
        self.assertIn("main/CMakeLists.txt", result.stderr)


if __name__ == "__main__":
    unittest.main()
