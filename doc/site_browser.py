"""Check the built site in a headless browser, without a network.

The folder is served locally and opened in Chromium: on all pages, the contrast of all text in both themes, elements
that are wider than the screen of a phone, words that are broken, text that is cut off, and figures whose text is too
small at the size shown; on some, formulas, the search, the gallery, the copy button, the diagram of an estimator with
its link, the enlargement of figures, and loading errors. ``doc/check_site.py --browser`` calls it.
"""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

from check_site import PUBLISHED, size_problems
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
THEMES = ("dark", "light")
# Contrast of text, as a ratio of luminances (WCAG 2, level AA).
CONTRAST = 4.5


# Text whose contrast with the background is too low, once per text. Transparent colors are composed with those below;
# text on a background image, hidden text and disabled controls are left out.
LOW_CONTRAST = """(function (smallest) {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const colors = new Map();
  function rgba(color) {
    if (!colors.has(color)) colors.set(color, paint(color));
    return colors.get(color);
  }
  function paint(color) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }
  const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => a * c + (1 - a) * below[i]).concat(1);
  const backgrounds = new Map([[null, [255, 255, 255, 1]]]);
  function background(element) {
    if (!backgrounds.has(element)) {
      const color = rgba(getComputedStyle(element).backgroundColor);
      backgrounds.set(element, color[3] === 1 ? color : over(color, background(element.parentElement)));
    }
    return backgrounds.get(element);
  }
  function opacity(element) {
    return element ? getComputedStyle(element).opacity * opacity(element.parentElement) : 1;
  }
  function luminance(color) {
    const [r, g, b] = color.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  // Colors that are on their way to another theme are not those of the theme.
  document.getAnimations().forEach(animation => animation.finish());
  const found = new Map(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
    if (!text || ["SCRIPT", "STYLE", "NOSCRIPT"].includes(element.tagName)) continue;
    if (!element.checkVisibility({visibilityProperty: true}) || element.closest(":disabled")) continue;
    const below = background(element), [r, g, b, a] = rgba(getComputedStyle(element).color);
    const color = over([r, g, b, a * opacity(element)], below);
    const [low, high] = [luminance(color), luminance(below)].sort((x, y) => x - y);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < smallest) found.set(text.slice(0, 40), ratio);
  }
  return [...found];
})(arguments[0])"""

# Elements that reach beyond the screen, other than inside boxes that scroll by themselves and fit the screen.
TOO_WIDE = """(function (width) {
  const scrolls = e => ["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX);
  function inBox(element) {
    for (let e = element.parentElement; e && !e.matches("article, main, body"); e = e.parentElement) {
      const box = e.getBoundingClientRect();
      if (scrolls(e) && box.left >= -1 && box.right <= width + 1) return true;
    }
    return false;
  }
  function isTooWide(element) {
    if (element.closest("[class*=visually-hidden], .skip-link")) return false;
    if (!element.checkVisibility({visibilityProperty: true}) || inBox(element)) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && (box.right > width + 1 || box.left < -1);
  }
  // The innermost ones.
  const found = [...document.body.querySelectorAll("*")].filter(isTooWide);
  return found.filter(e => !found.some(other => other !== e && e.contains(other))).slice(0, 3).map(element => {
    const box = element.getBoundingClientRect();
    const name = element.tagName.toLowerCase() + [...element.classList].map(c => "." + c).join("");
    return [name + " " + element.textContent.trim().slice(0, 40), box.left, box.right];
  });
})(arguments[0])"""

# Words broken between two letters in titles, tables and definitions although they would fit a line.
BROKEN = """(function () {
  const found = new Set(), range = document.createRange();
  for (const box of document.querySelectorAll("article :is(h1, dt, table)")) {
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.parentElement.closest("pre, mjx-container")) continue;
      if (!node.parentElement.checkVisibility({visibilityProperty: true})) continue;
      for (const word of node.data.matchAll(/[\\p{L}\\d_.]+/gu)) {
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const rows = [...range.getClientRects()].filter(row => row.width > 0);
        const width = rows.reduce((sum, row) => sum + row.width, 0);
        if (new Set(rows.map(row => Math.round(row.top))).size > 1 && width <= box.clientWidth) found.add(word[0]);
      }
    }
  }
  return [...found];
})()"""

# Text that is cut off at the edge of a box that does not scroll, or of the screen. Tables of the API may not scroll.
CLIPPED = """(function () {
  const found = new Set(), range = document.createRange();
  const article = document.querySelector("article") || document.body;
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  function isClipped(element, box) {
    for (let e = element; e && !e.matches("article"); e = e.parentElement) {
      const overflow = getComputedStyle(e).overflowX, edge = e.getBoundingClientRect().right;
      if (["auto", "scroll"].includes(overflow) && !e.querySelector("table.autosummary")) return false;
      if (overflow === "hidden" && box.right > edge + 1) return true;
    }
    return box.right > document.documentElement.clientWidth + 1;
  }
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility({visibilityProperty: true})) continue;
    if (element.closest("[class*=visually-hidden], mjx-container, script, style")) continue;
    range.selectNodeContents(node);
    if ([...range.getClientRects()].some(box => isClipped(element, box))) found.add(node.data.trim().slice(0, 40));
  }
  return [...found];
})()"""

FIGURES = (
    """[...document.querySelectorAll("article img[srcset]")].map(i => [i.src, i.getBoundingClientRect().width])"""
)


class QuietHandler(SimpleHTTPRequestHandler):
    """HTTP request handler without a log."""

    def log_message(self, *args):
        """Do nothing."""


class Site:
    """A headless browser on a locally served site."""

    def __init__(self, folder, pages, screenshots):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.root = f"http://127.0.0.1:{self.server.server_port}/"
        self.folder, self.pages, self.screenshots = folder, pages, screenshots
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

    def prefer(self, theme):
        """Set the theme that the system prefers, which pages follow unless told otherwise."""
        feature = {"name": "prefers-color-scheme", "value": theme}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def has_theme(self, theme):
        """Tell whether the page has a theme."""
        return self.run("document.documentElement.dataset.theme") == theme

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
    site.wait(lambda: site.run(f"{images}.length > 0"), "a figure")
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
    assert "from skscat import" in copied, copied
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


def check_enlargement(site):
    """A click on a figure opens it at twice the resolution."""
    for page in ("user_guide/filters.html", "auto_examples/digits/plot_digits.html"):
        site.open(page)
        figure = site.wait(lambda: site.find("a.enlarge img"), "a link on a figure")[0]
        width = site.run("arguments[0].getBoundingClientRect().width", figure)
        ActionChains(site.browser).move_to_element(figure).click().perform()
        site.wait(lambda: site.browser.current_url.endswith(".png"), "the figure alone")
        assert site.run("document.querySelector('img').naturalWidth") >= 1.9 * width


def check_theme_switch(site):
    """The theme switch gives pages a dark background."""
    site.open("index.html")
    site.run("document.querySelector('.theme-change-button[data-mode=dark]').click()")
    color = "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
    site.wait(lambda: max(site.run(color)) < 80, "a dark background")
    site.run("localStorage.clear()")


def check_text_and_width(site):
    """All text has enough contrast in both themes, figures are legible, and no page is wider than a phone."""
    problems = []
    for page in site.pages:
        site.resize(DESKTOP)
        for theme in THEMES:
            site.prefer(theme)
            site.open(page)
            site.wait(partial(site.has_theme, theme), f"the {theme} theme")
            # What a click unfolds counts too.
            site.run("document.querySelectorAll('article details').forEach(details => details.open = true)")
            for text, ratio in site.run(LOW_CONTRAST, CONTRAST):
                problems.append(f"{page}: contrast {ratio:.1f} of {text!r} in the {theme} theme")
            if page in PAGES:
                site.screenshot(f"{theme}_{slug(page)}")
        for source, width in site.run(FIGURES):
            file = site.folder / unquote(urlsplit(source).path).lstrip("/")
            problems += [f"{page}: {file.name} {problem}" for problem in size_problems(file, width)]
        problems += cut_text(site, page, "desktop")
        site.resize(PHONE)
        problems += cut_text(site, page, "phone")
        for element, left, right in site.run(TOO_WIDE, PHONE[0]):
            problems.append(f"{page}: {element} from {left:.0f} to {right:.0f} on a phone of {PHONE[0]} pixels")
        if page in PAGES:
            site.screenshot(f"phone_{slug(page)}")
    site.resize(DESKTOP)
    assert not problems, "\n  ".join(["", *problems])


def cut_text(site, page, screen):
    """Yield the words that are broken, and the text that is cut off, on the open page."""
    yield from (f"{page}: {word!r} is broken on a {screen}" for word in site.run(BROKEN))
    yield from (f"{page}: {text!r} is cut off on a {screen}" for text in site.run(CLIPPED))


def slug(page):
    """Return the name of a page for a file."""
    return page.removesuffix(".html").replace("/", "_")


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
    check_enlargement,
    check_theme_switch,
    check_text_and_width,
    check_errors,
)


def check_in_browser(folder, pages, screenshots=None):
    """Run all checks, and return whether they pass."""
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if missing:
        raise SystemExit(f"{' and '.join(missing)} not found.")
    site, passed = Site(folder, pages, screenshots), True
    for check in CHECKS:
        try:
            check(site)
        except Exception as error:
            passed = False
            print(f"FAILED {check.__doc__} {error}", flush=True)
        else:
            print(f"passed {check.__doc__}", flush=True)
    site.close()
    return passed
