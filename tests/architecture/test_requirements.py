"""The locks say what the `.in` files ask for; seen without asking any registry."""

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).parent.parent.parent / "requirements"


def asked(name: str) -> dict[str, Requirement]:
    lines = (
        line.split("#")[0].strip() for line in (FOLDER / f"{name}.in").read_text().splitlines()
    )
    requirements = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def locked(name: str) -> dict[str, tuple[str, str]]:
    """Package -> its version, and the comment saying who wants it."""
    blocks = re.split(r"\n(?=\S)", (FOLDER / f"{name}.txt").read_text())
    found = {}
    for block in blocks:
        package, version = re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", block).groups()
        assert "--hash=sha256:" in block, f"{package} has no hash"
        found[canonicalize_name(package)] = (version, block.partition("# via")[2])
    return found


def test_locks_hold_what_is_asked_for():
    for name in ("base", "dev"):
        lock = locked(name)
        for package, requirement in asked(name).items():
            assert package in lock, f"{package} is not in {name}.txt: make lock"
            assert requirement.specifier.contains(lock[package][0]), f"{package}: make lock"


def test_locks_hold_nothing_that_nobody_asks_for():
    for name in ("base", "dev"):
        direct = {
            package
            for package, (_, wanted_by) in locked(name).items()
            if f"requirements/{name}.in" in wanted_by
        }
        assert direct == set(asked(name)), f"{name}.txt is older than {name}.in: make lock"


def test_tests_run_on_the_versions_that_are_deployed():
    base, dev = locked("base"), locked("dev")
    assert {package: dev[package][0] for package in base} == {
        package: version for package, (version, _) in base.items()
    }


def test_locks_name_no_download_address():
    for path in FOLDER.iterdir():
        assert "://" not in path.read_text(), path.name
