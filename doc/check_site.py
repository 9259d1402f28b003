"""Check the built site.

``python doc/check_site.py doc/_build/html`` finds, on all pages, links to pages or sections that do not exist,
references to the API without a link, images without an alternative text, pages of the guide and of the gallery without
a figure, and figures that are too wide or whose text is too small. With ``--browser``, it also opens the pages in
Chromium, without a network: see ``doc/site_browser.py``. That requires Chromium, its driver and Selenium
(``pip install -e ".[browser]"``). ``--screenshots FOLDER`` saves screenshots of the browser.
"""

import argparse
import json
import re
import struct
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Pixels: the width of the text of a page on a screen of 1,280 pixels, at which wider figures are shown.
ARTICLE = 704
# Inches; pixels and points of the smallest characters at the size shown. Indices and exponents only need the pixels.
WIDEST, SMALLEST_PIXELS, SMALLEST_POINTS = 7.0, 9.0, 9.0
# Pixels per point of CSS.
POINT = 96 / 72
# Base URL of the links in diagrams of estimators.
PUBLISHED = "https://skscat.readthedocs.io/en/stable/"
FIELD = b"skscat"
# Contents, which link to pages with figures.
CONTENTS = {"user_guide/index.html"}


class Page(HTMLParser):
    """The links, identifiers, images and unlinked references of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.images, self.unlinked = [], set(), [], []
        self.in_link = self.in_reference = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        """Collect what an element refers to."""
        found = {name: value or "" for name, value in attributes}
        self.ids.update(found[name] for name in ("id", "name") if name in found)
        self.links += [found[name] for name in ("href", "src") if name in found and tag != "base"]
        self.links += [part.split()[0] for part in found.get("srcset", "").split(",") if part.strip()]
        if tag == "img":
            self.images.append(found)
        elif tag == "a":
            self.in_link = True
        elif tag == "code" and not self.in_link and {"xref", "py"} <= set(found.get("class", "").split()):
            self.in_reference = True
            self.unlinked.append("")

    def handle_endtag(self, tag):
        """Leave a link or a reference."""
        self.in_link &= tag != "a"
        self.in_reference &= tag != "code"

    def handle_data(self, data):
        """Collect the text of a reference."""
        if self.in_reference:
            self.unlinked[-1] += data


def read_pages(folder):
    """Return the pages of a site, by their paths relative to its folder."""
    files = sorted(file for file in folder.rglob("*.html") if "_static" not in file.relative_to(folder).parts)
    if not files:
        raise SystemExit(f"{folder} has no pages.")
    return {file.relative_to(folder).as_posix(): Page(file.read_text()) for file in files}


def is_figure(image):
    """Tell whether an image is a figure: drawn for the page, at two resolutions."""
    return "srcset" in image


def is_decorative(image):
    """Tell whether an image only accompanies a text: the logo, and the thumbnails of the gallery."""
    return "logo__image" in image.get("class", "") or image["src"].endswith("_thumb.png")


def broken_links(folder, pages):
    """Yield the links to files or sections that the site does not have."""
    for name, page in pages.items():
        for link in page.links:
            target = urlsplit(link.replace(PUBLISHED, folder.resolve().as_uri() + "/"))
            if target.scheme not in ("", "file"):
                continue
            path = unquote(target.path)
            start = Path("/") if target.scheme == "file" else (folder / name).parent
            file = (start / path if path else folder / name).resolve()
            if not file.is_file():
                yield f"{name}: broken link {link}"
                continue
            # What follows :~: is a text to search for, which browsers highlight.
            section = unquote(target.fragment.partition(":~:")[0])
            if not section or file.suffix != ".html":
                continue
            if section not in pages[file.relative_to(folder.resolve()).as_posix()].ids:
                yield f"{name}: no such section {link}"


def unlinked_references(folder, pages):
    """Yield the references to names of the API, with or without their module, that are not links."""
    documented = {name for page in pages.values() for name in page.ids if name.startswith("skscat.")}
    last_parts = {name.rpartition(".")[2] for name in documented}
    for name, page in pages.items():
        for text in page.unlinked:
            reference = text.removesuffix("()")
            if reference.partition(".")[0] == "skscat" or reference.rpartition(".")[2] in last_parts:
                yield f"{name}: reference without a link {text}"


def missing_alternatives(folder, pages):
    """Yield the images without an alternative text, or whose text is the name of a file."""
    for name, page in pages.items():
        for image in page.images:
            text = image.get("alt", "").strip()
            if is_decorative(image) and image.get("alt") == "":
                continue
            if not text or re.search(r"\.(png|svg|jpe?g)$|sphx_glr|^\S*[/_]\S*$", text):
                yield f"{name}: alternative text {text!r} of {image.get('src')}"


def missing_figures(folder, pages):
    """Yield the pages of the guide, and the examples, without a figure."""
    for name, page in pages.items():
        needs_figure = re.fullmatch(r"auto_examples/\w+/plot_\w+\.html|user_guide/\w+\.html", name)
        if needs_figure and name not in CONTENTS and not any(is_figure(image) for image in page.images):
            yield f"{name}: no figure"


def figures(folder, pages):
    """Yield the name of a page and the file of a figure, for all figures."""
    for name, page in pages.items():
        for image in filter(is_figure, page.images):
            yield name, (folder / name).parent / unquote(image["src"])


def illegible_figures(folder, pages):
    """Yield the figures that are too wide, or whose text is too small at the width of a page."""
    for name, file in figures(folder, pages):
        if file.is_file():
            yield from (f"{name}: {file.name} {problem}" for problem in size_problems(file))


def size_problems(file, shown=None):
    """Yield what is wrong with the size of a figure that is shown with a given width, in pixels."""
    width, record = read_png(file)
    if record is None:
        yield "has no record of the size of its text"
        return
    if record["inches"] > WIDEST:
        yield f"is {record['inches']:g} inches wide, more than {WIDEST:g}"
    scale = (shown or min(width, ARTICLE)) / record["inches"] / 72
    for key, unit, smallest in (("characters", 1, SMALLEST_PIXELS), ("text", POINT, SMALLEST_POINTS)):
        if record[key] and round(record[key][0] * scale / unit, 2) < smallest:
            size, text = record[key]
            name = "pixels" if unit == 1 else "points"
            yield f"shows {text!r} at {size * scale / unit:.1f} {name}, less than {smallest:g}"


def read_png(file):
    """Return the width of an image and the record of its text, which doc/_ext/figures.py writes."""
    data, position, width, record = file.read_bytes(), 8, 0, None
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        kind, chunk = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            (width,) = struct.unpack(">I", chunk[:4])
        elif kind == b"tEXt" and chunk.startswith(FIELD + b"\0"):
            record = json.loads(chunk[len(FIELD) + 1 :])
        position += 12 + length
    return width, record


CHECKS = {
    "Links lead to pages and sections that exist.": broken_links,
    "References to the API are links.": unlinked_references,
    "Images have an alternative text.": missing_alternatives,
    "Pages of the guide and the gallery have a figure.": missing_figures,
    "Figures are at most 7 inches wide, and their text is legible.": illegible_figures,
}


def main():
    """Run all checks, and exit with status 1 if any of them fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the built site")
    parser.add_argument("--browser", action="store_true", help="open the pages in a browser too")
    parser.add_argument("--screenshots", type=Path, help="folder for screenshots of the browser")
    args = parser.parse_args()
    pages, failed = read_pages(args.folder), False
    for title, check in CHECKS.items():
        problems = sorted(set(check(args.folder, pages)))
        failed |= bool(problems)
        print("FAILED" if problems else "passed", title, *problems, sep="\n  " if problems else " ", flush=True)
    if args.browser or args.screenshots:
        from site_browser import check_in_browser

        failed |= not check_in_browser(args.folder, list(pages), args.screenshots)
    sys.exit(failed)


if __name__ == "__main__":
    main()
