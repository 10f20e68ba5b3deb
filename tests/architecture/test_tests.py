"""No test is forgotten: every file of tests is in a folder that `make test` runs."""

from pathlib import Path

from tests.__main__ import KINDS, RUN, TURNS

TESTS = Path(__file__).parent.parent


def test_every_test_is_of_a_kind():
    run = {folder for folders in KINDS.values() for folder in folders}
    found = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py")}
    assert found - run == set()


def test_every_kind_has_its_turn():
    assert sorted(kind for turn in TURNS for kind in turn) == sorted(RUN) == sorted(KINDS)
