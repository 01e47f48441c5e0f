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
        self.write("names.txt", "# comment\nesp_timer\nesp32_p4_function_ev_board\n")

    def component(self, path, manifest=None):
        self.write(f"{path}/CMakeLists.txt", "idf_component_register()\n")
        if manifest is not None:
            self.write(f"{path}/idf_component.yml", manifest)

    def resolve(self, *arguments, target="esp32p4"):
        result = run(
            [sys.executable, "-B", ROOT / "tools/fw/components.py", "--root", self.dir / "root", "--target", target]
            + ["--project", self.dir / "app", "--hal-names", self.dir / "names.txt", "--out", self.dir / "out.cmake", *arguments]
        )
        self.folders, self.requires, self.roots = {}, {}, []
        if result.returncode == 0:
            text = (self.dir / "out.cmake").read_text()
            self.folders = {n: p for n, p in re.findall(r'_add_component_dir\("(.*)" "(.*)"\)', text)}
            self.requires = {n: r.split(";") for n, r in re.findall(r'"(.*)" MANIFEST_REQUIRES "(.*)"', text)}
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
