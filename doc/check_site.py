"""Check the built site in a headless browser, without a network.

``python doc/check_site.py doc/_build/html`` serves the folder locally and checks it in Chromium: the landing page,
formulas, the search, a page of the gallery, the copy button, the diagram of an estimator with its link, the dark
theme, the width on a phone, and loading errors. It requires Chromium, its driver and Selenium
(``pip install -e ".[browser]"``). ``--screenshots FOLDER`` saves screenshots.
"""

import argparse
import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

DESKTOP, PHONE = (1280, 900), (390, 844)
SECONDS = 20
PAGES = (
    "index.html",
    "install.html",
    "results.html",
    "migration.html",
    "user_guide/theory.html",
    "user_guide/scattering2d.html",
    "auto_examples/index.html",
    "auto_examples/digits/plot_digits.html",
    "api.html",
    "api/generated/skscat.Scattering2D.html",
)
# Base URL of the links in diagrams.
PUBLISHED = "https://skscat.readthedocs.io/en/stable/"


class QuietHandler(SimpleHTTPRequestHandler):
    """HTTP request handler without a log."""

    def log_message(self, *args):
        """Do nothing."""


class Site:
    """A headless browser on a locally served site."""

    def __init__(self, folder, screenshots):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.root = f"http://127.0.0.1:{self.server.server_port}/"
        self.folder, self.screenshots = folder, screenshots
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "SEVERE"})
        self.browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
        self.resize(DESKTOP)

    def resize(self, size):
        """Set the size of the screen, in pixels."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, page):
        """Open a page."""
        self.browser.get(self.root + page)

    def run(self, script, *arguments):
        """Return the value of a JavaScript expression."""
        return self.browser.execute_script(f"return {script}", *arguments)

    def wait(self, condition, what):
        """Wait until ``condition()`` is true, and return its value."""
        return WebDriverWait(self.browser, SECONDS).until(lambda _: condition(), f"timed out waiting for {what}")

    def find(self, selector):
        """Return the elements that match a CSS selector."""
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def screenshot(self, name):
        """Save a screenshot, if a folder for them was given."""
        if self.screenshots:
            self.screenshots.mkdir(parents=True, exist_ok=True)
            self.browser.save_screenshot(self.screenshots / f"{name}.png")

    def close(self):
        """Close the browser, then the server."""
        self.browser.quit()
        self.server.shutdown()


def check_landing(site):
    """The landing page has a title, an image and code."""
    site.open("index.html")
    assert site.find("h1")[0].text.startswith("skscat")
    assert site.run("[...document.querySelectorAll('article img')].some(i => i.complete && i.naturalWidth > 0)")
    assert site.find("div.highlight pre")
    site.screenshot("landing")


def check_formulas(site):
    """Formulas are rendered without a network."""
    site.open("user_guide/theory.html")
    site.wait(lambda: len(site.find("mjx-container")) > 10, "the formulas of the theory page")
    site.screenshot("formulas")


def check_search(site):
    """The search finds a page of the user guide."""
    site.open("search.html?q=spiral")
    site.wait(lambda: site.find("#search-results li a[href*='user_guide/spiral']"), "the guide to spiral scattering")
    site.screenshot("search")


def check_gallery(site):
    """A page of the gallery has figures and a script to download."""
    site.open("auto_examples/digits/plot_digits.html")
    images = "[...document.querySelectorAll('img.sphx-glr-single-img, img.sphx-glr-multi-img')]"
    assert site.run(f"{images}.length > 0")
    # Figures are loaded when they come into view.
    site.run(f"{images}.forEach(i => i.loading = 'eager')")
    site.wait(lambda: site.run(f"{images}.every(i => i.complete && i.naturalWidth > 0)"), "the figures")
    script = site.find(".sphx-glr-download-python a")[0].get_attribute("href")
    assert b"import" in urlopen(script).read()
    site.screenshot("gallery")


def check_copy_button(site):
    """The copy button copies the code without prompts and output."""
    permissions = {"permissions": ["clipboardReadWrite"], "origin": site.root.rstrip("/")}
    site.browser.execute_cdp_cmd("Browser.grantPermissions", permissions)
    site.open("index.html")
    button = site.wait(lambda: site.find("button.copybtn"), "a copy button")[0]
    # The button appears on hover, and browsers only allow copying after a user action.
    ActionChains(site.browser).move_to_element(button).click().perform()
    read = "const done = arguments[0]; navigator.clipboard.readText().then(done, e => done(String(e)))"
    copied = site.wait(lambda: site.browser.execute_async_script(read), "the clipboard")
    assert "Scattering2D" in copied, copied
    assert ">>>" not in copied, copied
    site.screenshot("copy_button")


def check_diagram(site):
    """The links of estimator diagrams lead to existing pages."""
    site.open("auto_examples/digits/plot_digits.html")
    links = [link.get_attribute("href") for link in site.find("a.sk-estimator-doc-link")]
    ours = [link for link in links if link and link.startswith(PUBLISHED)]
    assert ours, links
    for link in ours:
        assert (site.folder / link.removeprefix(PUBLISHED)).is_file(), link
    site.run("document.querySelector('.sk-top-container').scrollIntoView({block: 'center'})")
    site.screenshot("diagram")


def check_dark_theme(site):
    """The theme switch gives pages a dark background."""
    site.open("index.html")
    site.run("document.querySelector('.theme-change-button[data-mode=dark]').click()")
    color = "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
    site.wait(lambda: max(site.run(color)) < 80, "a dark background")
    site.screenshot("dark")
    site.open("results.html")
    site.screenshot("dark_results")
    site.run("localStorage.clear()")


def check_phone(site):
    """No page is wider than the screen of a phone."""
    site.resize(PHONE)
    for page in PAGES:
        site.open(page)
        width = site.run("document.scrollingElement.scrollWidth")
        assert width <= PHONE[0] + 1, f"{page} is {width} pixels wide on a screen of {PHONE[0]}"
        site.screenshot("phone_" + page.replace("/", "_").removesuffix(".html"))
    site.resize(DESKTOP)


def check_errors(site):
    """No page has loading or script errors."""
    site.browser.get_log("browser")
    for page in PAGES:
        site.open(page)
        errors = [entry["message"] for entry in site.browser.get_log("browser")]
        assert not errors, (page, errors)


CHECKS = (
    check_landing,
    check_formulas,
    check_search,
    check_gallery,
    check_copy_button,
    check_diagram,
    check_dark_theme,
    check_phone,
    check_errors,
)


def main():
    """Run all checks, and exit with status 1 if any of them fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the built site")
    parser.add_argument("--screenshots", type=Path, help="folder for screenshots")
    args = parser.parse_args()
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if missing:
        sys.exit(f"{' and '.join(missing)} not found.")
    site, failed = Site(args.folder, args.screenshots), []
    for check in CHECKS:
        try:
            check(site)
        except Exception as error:
            failed.append(check.__name__)
            print(f"FAILED {check.__doc__} {error}")
        else:
            print(f"passed {check.__doc__}")
    site.close()
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
