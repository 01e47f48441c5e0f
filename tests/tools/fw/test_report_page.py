"""The page of fw report in Chromium: loaded, clicked, on a phone, in the dark. Skipped where there is no Chromium."""

import shutil
import sys
import unittest

from support import TemporaryFolder
from test_report import BUILT, DETECTOR, HOSTILE_NODE, hostile_model, make_page

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    NO_BROWSER = None if shutil.which("chromium") and shutil.which("chromedriver") else "chromium and chromium-driver are not installed"
except ImportError:
    NO_BROWSER = "python3-selenium is not installed"
if NO_BROWSER:
    print(f"SKIPPED: the page is not seen in a browser: {NO_BROWSER}", file=sys.stderr)


@unittest.skipUnless(BUILT, "DESKBOARD_HOST_BUILD names no build of espdl")
@unittest.skipIf(NO_BROWSER, NO_BROWSER)
class InChromium(TemporaryFolder):
    def open(self, page, width=1200, scheme="light"):
        options = Options()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={self.dir / 'profile'}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.addCleanup(browser.quit)
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        browser.get(page.as_uri())
        self.assertEqual(browser.get_log("browser"), [])
        self.assertEqual(browser.execute_script("return document.documentElement.dataset.ready"), "yes")
        self.assertEqual(browser.execute_script("return performance.getEntriesByType('resource').filter((e) => !e.name.startsWith('data:')).length"), 0)
        return browser

    def test_load_and_click(self):
        page, _ = make_page(self, hostile_model(self.dir), "--board", "esp32_s3_eye")
        browser = self.open(page)

        def texts(column):
            return browser.execute_script(f"return [...document.querySelectorAll('.nodes tbody tr td:nth-child({column})')].map((e) => e.textContent)")

        # The slowest node first; a click on a heading sorts by it, another one the other way round.
        times = [float(text.replace(",", "")) for text in texts(4)]
        self.assertEqual(times, sorted(times, reverse=True))
        heading = browser.find_element("css selector", ".nodes th:nth-child(3) button")
        browser.execute_script("arguments[0].click()", heading)
        types_up = texts(3)
        browser.execute_script("arguments[0].click()", heading)
        self.assertEqual((types_up[0], types_up[-1]), (texts(3)[-1], texts(3)[0]))
        # A node of the graph finds its row.
        browser.execute_script("document.querySelector('.graph .node').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
        chosen = browser.find_elements("css selector", ".nodes tr.chosen")
        self.assertEqual([row.find_element("css selector", "td").text for row in chosen], ["0"])
        # The name is a text.
        self.assertIn(HOSTILE_NODE.decode(), texts(2))
        self.assertEqual(browser.find_elements("css selector", "main b b"), [])
        search = browser.find_element("css selector", "input[type=search]")
        search.send_keys("softmax")
        shown = browser.execute_script(
            "return [...document.querySelectorAll('.nodes tbody tr')].filter((e) => !e.hidden).map((e) => e.children[2].textContent)")
        self.assertEqual(set(shown), {"Softmax"})
        self.assertGreaterEqual(browser.execute_script("return document.querySelectorAll('canvas').length"), 3)
        self.assertEqual(browser.get_log("browser"), [])

    def test_a_page_without_predictions(self):
        page, _ = make_page(self, DETECTOR, "--board", "esp32_c3_devkitm_1")
        browser = self.open(page)
        self.assertIn("unknown", browser.find_element("css selector", ".tile b").text)
        self.assertIn("chip time unknown", browser.find_element("css selector", ".bad").text)

    def test_a_phone_and_the_dark(self):
        page, _ = make_page(self, DETECTOR, "--board", "esp32_s3_eye")
        colours = []
        for width, scheme in ((360, "light"), (360, "dark")):
            browser = self.open(page, width, scheme)
            self.assertLessEqual(browser.execute_script("return document.documentElement.scrollWidth"), width)
            colours.append(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))
            browser.quit()
        self.assertNotEqual(*colours)


if __name__ == "__main__":
    unittest.main()
