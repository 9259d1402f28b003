"""The checks of the built documentation find what they are for."""

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "doc"))
import check_site

GUIDE = "user_guide/page.html"
FIGURE = '<img src="figure.png" srcset="figure.png, figure.2x.png 2x" alt="Two curves">'


@pytest.fixture
def site(tmp_path):
    """A function that writes a site with a page of the guide, and returns what a check finds on it."""
    record = {"inches": 7.0, "text": [10.0, "label"], "characters": [7.0, "label"]}

    def problems(check, body, **changes):
        page = tmp_path / GUIDE
        page.parent.mkdir(exist_ok=True)
        page.write_text(f'<html><body><h1 id="top">Page</h1>{body}</body></html>')
        figure = plt.figure(figsize=(7, 3), dpi=100)
        for name in ("figure.png", "figure.2x.png"):
            figure.savefig(page.with_name(name), metadata={"skscat": json.dumps({**record, **changes})})
        plt.close(figure)
        return list(check(tmp_path, check_site.read_pages(tmp_path)))

    return problems


@pytest.mark.parametrize("check", check_site.CHECKS.values())
def test_a_sound_page_passes(check, site):
    assert (
        site(
            check,
            f'{FIGURE}<a href="page.html#top">top</a><a href="#:~:text=Page">text</a><a href="https://example.org/x">elsewhere</a>',
        )
        == []
    )


@pytest.mark.parametrize(
    "link", ["missing.html", "page.html#missing", "#missing", check_site.PUBLISHED + "missing.html"]
)
def test_broken_links_are_found(link, site):
    (problem,) = site(check_site.broken_links, f'<a href="{link}">link</a>')
    assert GUIDE in problem
    assert link in problem


REFERENCE = '<code class="xref py py-class docutils literal notranslate"><span class="pre">{}</span></code>'


@pytest.mark.parametrize("name", ["skscat.diagnostics", "skscat.Haar", "Haar", "scatter()", "Haar.fit()"])
def test_references_without_a_link_are_found(name, site):
    documented = '<dt id="skscat.graphs.Haar">Haar</dt><dt id="skscat.scatter">scatter</dt>'
    documented += '<dt id="skscat.graphs.Haar.fit">fit</dt>'
    (problem,) = site(check_site.unlinked_references, documented + REFERENCE.format(name))
    assert problem == f"{GUIDE}: reference without a link {name}"


@pytest.mark.parametrize("name", ["numpy.fft", "StandardScaler", "skscatter", "joblib.dump()"])
def test_references_to_other_projects_need_no_link(name, site):
    documented = f'<dt id="skscat.graphs.Haar">Haar</dt><a href="#skscat.graphs.Haar">{REFERENCE.format("Haar")}</a>'
    assert site(check_site.unlinked_references, documented + REFERENCE.format(name)) == []


def test_missing_images_are_found(site):
    assert site(check_site.broken_links, '<img src="missing.png" alt="A curve">')


@pytest.mark.parametrize("alternative", ["", "plot_digits.png", "user_guide/figure", "sphx glr sphx_glr"])
def test_missing_alternative_texts_are_found(alternative, site):
    assert len(site(check_site.missing_alternatives, FIGURE.replace("Two curves", alternative))) == 1


def test_pages_without_a_figure_are_found(site):
    assert site(check_site.missing_figures, "<p>Text</p>") == [f"{GUIDE}: no figure"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"inches": 9.0}, "is 9 inches wide, more than 7"),
        ({"text": [8.0, "small"]}, "shows 'small' at 8.3 points, less than 9"),
        ({"characters": [6.0, "$x_1$"]}, r"shows '\$x_1\$' at 8.3 pixels, less than 9"),
    ],
)
def test_illegible_figures_are_found(changes, problem, site):
    with pytest.raises(AssertionError, match=problem):
        assert not site(check_site.illegible_figures, FIGURE, **changes)


def test_figures_that_were_not_measured_are_found(site, tmp_path):
    site(check_site.illegible_figures, FIGURE)
    plt.figure().savefig(tmp_path / "user_guide" / "figure.png")
    plt.close("all")
    (problem,) = check_site.illegible_figures(tmp_path, check_site.read_pages(tmp_path))
    assert "no record" in problem
