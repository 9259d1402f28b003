"""Draw the logo, a Morlet wavelet and its modulus: ``python doc/logo.py`` writes ``doc/_static/logo.svg``."""

from pathlib import Path

import numpy as np

SIDE, MIDDLE = 64, 32


def path(t, values):
    """Return the points of a curve, as the path of an SVG file."""
    points = (f"{MIDDLE + x:.1f},{MIDDLE - 27 * y:.1f}" for x, y in zip(t, values, strict=True))
    return "M" + " ".join(points)


t = np.linspace(-MIDDLE + 3, MIDDLE - 3, 117)
modulus = np.exp(-0.5 * (t / 11) ** 2)
wave = modulus * np.cos(2 * np.pi * t / 17)
curves = "\n".join(
    f'  <path d="{path(t, values)}" stroke="{color}" stroke-width="{width}"/>'
    for values, color, width in ((modulus, "#e8791e", 4.5), (wave, "#2a8fc9", 5.5))
)
start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" fill="none" stroke-linecap="round">'
Path(__file__).with_name("_static").joinpath("logo.svg").write_text(f"{start}\n{curves}\n</svg>\n")
