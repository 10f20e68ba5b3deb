"""The README shows pictures that exist, and every picture can be taken again."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
IMAGES = ROOT / "docs" / "images"


def taken() -> set[str]:
    journeys = (ROOT / "tests" / "journeys").glob("test_*.py")
    found = "\n".join(path.read_text() for path in journeys)
    return set(re.findall(r'picture\(\s*[\w.()]+,\s*"(\d+-[a-z-]+)"', found))


def test_every_picture_in_the_readme_is_there():
    shown = re.findall(r"\]\((docs/[^)]+)\)", (ROOT / "README.md").read_text())
    assert len(shown) > 40
    assert [path for path in shown if not (ROOT / path).exists()] == []


def test_every_picture_is_taken_by_a_journey():
    assert {path.stem for path in IMAGES.glob("*.png")} - taken() == set()
