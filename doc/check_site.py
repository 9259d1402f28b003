"""Open the built site in a browser without a window, without a network, and check that it works.

``python doc/check_site.py doc/_build/html`` serves the folder on this computer and opens it in Chromium: the landing
page, formulas, the search, a page of the gallery, the copy button, the diagram of an estimator with its link, the dark
theme, a phone's width. It needs Chromium, its driver and Selenium (``pip install -e ".[browser]"``).
``--screenshots FOLDER`` keeps a picture of each.
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
# Where the links of diagrams lead, once the site is published.
PUBLISHED = "https://skscat.readthedocs.io/en/stable/"


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    def log_message(self, *args):
        """Say nothing."""


class Site:
    """A browser on a site that this computer serves."""

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
        """Show pages on a screen of so many pixels."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, page):
        """Open a page."""
        self.browser.get(self.root + page)

    def run(self, script, *arguments):
        """Return what a line of JavaScript returns."""
        return self.browser.execute_script(f"return {script}", *arguments)

    def wait(self, condition, what):
        """Wait until a function of the browser returns something true, and return that."""
        return WebDriverWait(self.browser, SECONDS).until(lambda _: condition(), f"never seen: {what}")

    def find(self, selector):
        """Elements that a CSS selector matches."""
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def keep(self, name):
        """Keep a picture of what is shown."""
        if self.screenshots:
            self.screenshots.mkdir(parents=True, exist_ok=True)
            self.browser.save_screenshot(self.screenshots / f"{name}.png")

    def close(self):
        """Close the browser, then the server."""
        self.browser.quit()
        self.server.shutdown()


def check_landing(site):
    """The landing page has its name, its picture and code in its first screens."""
    site.open("index.html")
    assert site.find("h1")[0].text.startswith("skscat")
    assert site.run("[...document.querySelectorAll('article img')].some(i => i.complete && i.naturalWidth > 0)")
    assert site.find("div.highlight pre")
    site.keep("landing")


def check_formulas(site):
    """Formulas are set, without a network."""
    site.open("user_guide/theory.html")
    site.wait(lambda: len(site.find("mjx-container")) > 10, "formulas of the theory")
    site.keep("formulas")


def check_search(site):
    """The search finds the guide of a family."""
    site.open("search.html?q=spiral")
    site.wait(lambda: site.find("#search-results li a[href*='user_guide/spiral']"), "the guide of spirals")
    site.keep("search")


def check_gallery(site):
    """A page of the gallery has its figures, and its script to download."""
    site.open("auto_examples/digits/plot_digits.html")
    images = "[...document.querySelectorAll('img.sphx-glr-single-img, img.sphx-glr-multi-img')]"
    assert site.run(f"{images}.length > 0")
    # Figures far down the page are loaded when they come into view.
    site.run(f"{images}.forEach(i => i.loading = 'eager')")
    site.wait(lambda: site.run(f"{images}.every(i => i.complete && i.naturalWidth > 0)"), "figures")
    script = site.find(".sphx-glr-download-python a")[0].get_attribute("href")
    assert b"import" in urlopen(script).read()
    site.keep("gallery")


def check_copy_button(site):
    """The copy button takes the code, without prompts and output."""
    permissions = {"permissions": ["clipboardReadWrite"], "origin": site.root.rstrip("/")}
    site.browser.execute_cdp_cmd("Browser.grantPermissions", permissions)
    site.open("index.html")
    button = site.wait(lambda: site.find("button.copybtn"), "a copy button")[0]
    # Buttons show when the mouse is over the code, and browsers let none but users copy.
    ActionChains(site.browser).move_to_element(button).click().perform()
    read = "const done = arguments[0]; navigator.clipboard.readText().then(done, e => done(String(e)))"
    copied = site.wait(lambda: site.browser.execute_async_script(read), "the copy")
    assert "Scattering2D" in copied, copied
    assert ">>>" not in copied, copied
    site.keep("copy_button")


def check_diagram(site):
    """The question mark of an estimator's diagram leads to its page."""
    site.open("auto_examples/digits/plot_digits.html")
    links = [link.get_attribute("href") for link in site.find("a.sk-estimator-doc-link")]
    ours = [link for link in links if link and link.startswith(PUBLISHED)]
    assert ours, links
    for link in ours:
        assert (site.folder / link.removeprefix(PUBLISHED)).is_file(), link
    site.run("document.querySelector('.sk-top-container').scrollIntoView({block: 'center'})")
    site.keep("diagram")


def check_dark_theme(site):
    """The switch makes pages dark."""
    site.open("index.html")
    site.run("document.querySelector('.theme-change-button[data-mode=dark]').click()")
    color = "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
    site.wait(lambda: max(site.run(color)) < 80, "a dark background")
    site.keep("dark")
    site.open("results.html")
    site.keep("dark_results")
    site.run("localStorage.clear()")


def check_phone(site):
    """No page is wider than a phone."""
    site.resize(PHONE)
    for page in PAGES:
        site.open(page)
        width = site.run("document.scrollingElement.scrollWidth")
        assert width <= PHONE[0] + 1, f"{page} is {width} pixels wide on a screen of {PHONE[0]}"
        site.keep("phone_" + page.replace("/", "_").removesuffix(".html"))
    site.resize(DESKTOP)


def check_errors(site):
    """Nothing fails to load, and no script stops."""
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
    """Run all checks; fail if one does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the built site")
    parser.add_argument("--screenshots", type=Path, help="folder of pictures")
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
