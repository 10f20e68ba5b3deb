"""Pages load nothing from anybody else, and Oscar's templates are extended, not copied."""

import re
from pathlib import Path

import pytest
from django.template import engines

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
#: An address in something that a browser fetches by itself; a link may lead anywhere.
FETCHED = re.compile(
    r"""(?:\b(?:src|srcset|action|poster|data)\s*=|<link\b[^>]*\bhref\s*=|url\(|@import|"""
    r"""\bfetch\(|\bimport\(|importScripts\()\s*["'(]*\s*((?:https?:)?//[^"'\s)]+)""",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", NAMES)
def test_template_compiles(name):
    engines["django"].get_template(name)


def test_nothing_is_fetched_from_a_foreign_host():
    ours = [path for path in ROOT.glob("*/static/**/*") if path.suffix in {".css", ".js", ".svg"}]
    assert ours
    found = {
        f"{path.relative_to(ROOT)}: {address}"
        for path in [*ours, *TEMPLATES.rglob("*.html")]
        for address in FETCHED.findall(path.read_text())
    }
    assert found == set()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ('<script src="https://cdn.test/x.js">', "https://cdn.test/x.js"),
        ("<link rel=stylesheet href='//cdn.test/x.css'>", "//cdn.test/x.css"),
        ('@import url("http://fonts.test/a");', "http://fonts.test/a"),
        ("background: url(//cdn.test/a.png)", "//cdn.test/a.png"),
        ('fetch("https://api.test/")', "https://api.test/"),
    ],
)
def test_foreign_addresses_are_recognised(text, address):
    assert FETCHED.findall(text) == [address]


def test_links_and_namespaces_are_no_fetches():
    assert FETCHED.findall('<a href="https://example.org/">x</a>') == []
    assert FETCHED.findall('<svg xmlns="http://www.w3.org/2000/svg">') == []


def test_oscars_templates_are_only_extended():
    for path in (TEMPLATES / "oscar").rglob("*.html"):
        assert re.match(
            r"\s*(\{#.*?#\}\s*|\{% comment.*?endcomment %\}\s*)*\{% extends",
            path.read_text(),
            re.DOTALL,
        ), path
