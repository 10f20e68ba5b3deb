"""Every override of Oscar is registered with its reason, and red once Oscar changes beneath it.

What counts as an override is read from the fork's source: a name written in a fork's class (or at
the top of its module) that Oscar has there too. Names that Oscar lacks are our own affair.
"""

import ast
import importlib
import inspect
import re
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings

FORKS = Path(__file__).parents[2] / "shop" / "forks"
REGISTER = tomllib.loads((FORKS / "register.toml").read_text())["override"]


def overrides(module: ModuleType, upstream: ModuleType) -> Iterator[tuple[str, Any]]:
    """(name in the module, what Oscar has there) of everything the module overrides."""
    assert module.__file__
    for node in ast.parse(Path(module.__file__).read_text()).body:
        if not isinstance(node, ast.ClassDef):
            shared = [name for name in _written(node) if hasattr(upstream, name)]
            yield from ((name, getattr(upstream, name)) for name in shared)
            continue
        bases = [
            base
            for base in getattr(module, node.name).__mro__[1:]
            if base.__module__.startswith("oscar.")
        ]
        for name in sorted({name for inner in node.body for name in _written(inner)}):
            owner = next((base for base in bases if name in vars(base)), None)
            if owner is not None:
                yield f"{node.name}.{name}", vars(owner)[name]


def _written(node: ast.stmt) -> set[str]:
    """The names a statement gives a value to; imports do not count."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {
            name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
        }
    return set()


def fingerprint(member: Any) -> str:
    """Of the source, or of the value where there is none; 16 hexadecimal digits."""
    if isinstance(member, property):
        member = member.fget
    if isinstance(member, staticmethod | classmethod):
        member = member.__func__
    try:
        source = inspect.getsource(inspect.unwrap(member))
    except TypeError:
        source = re.sub(r" at 0x[0-9a-f]+", "", repr(member))  # which is another in every process
    return sha256(source.encode()).hexdigest()[:16]


def everything_overridden() -> dict[str, str]:
    """`{member: fingerprint of its upstream}` of all forks."""
    found = {}
    for path in sorted(FORKS.rglob("*.py")):
        if path.name == "__init__.py" and not path.read_text().strip():
            continue
        name = ".".join(path.relative_to(FORKS).with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(f"shop.forks.{name}")
        upstream = importlib.import_module(f"oscar.apps.{name}")
        for member, theirs in overrides(module, upstream):
            # An app's name is what makes it a fork at all.
            if path.name != "apps.py" or not member.endswith(".name"):
                found[f"{name}.{member}"] = fingerprint(theirs)
    return found


def problems(register: list[dict[str, str]], found: dict[str, str]) -> list[str]:
    """What is wrong, in words; empty when everything is as registered."""
    known = {entry["member"]: entry for entry in register}
    told = [f"{member}: registered twice" for member in known if _count(register, member) > 1]
    for member, upstream in found.items():
        if member not in known:
            told.append(f"{member}: not in shop/forks/register.toml (upstream = {upstream!r})")
        elif not known[member]["why"].strip():
            told.append(f"{member}: says no reason")
        elif known[member]["upstream"] != upstream:
            told.append(f"{member}: Oscar changed it. Read theirs, then: upstream = {upstream!r}")
    return told + [f"{member}: overrides nothing" for member in known if member not in found]


def _count(register: list[dict[str, str]], member: str) -> int:
    return sum(entry["member"] == member for entry in register)


def test_every_override_is_registered_and_its_upstream_unchanged():
    assert problems(REGISTER, everything_overridden()) == []


def test_every_fork_is_in_use():
    folders = {path.parent.name for path in FORKS.glob("*/apps.py")}
    in_use = {name.split(".")[2] for name in settings.OSCAR_FORKS.values()}
    assert folders == in_use
    assert set(settings.OSCAR_FORKS.values()) <= set(settings.INSTALLED_APPS)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda entries: entries.pop(), "not in shop/forks/register.toml"),
        (lambda entries: entries[-1].update(why=" "), "says no reason"),
        (lambda entries: entries[-1].update(upstream="0" * 16), "Oscar changed it"),
        (lambda entries: entries.append({**entries[-1], "member": "a.b.C.d"}), "overrides nothing"),
        (lambda entries: entries.append(entries[-1]), "registered twice"),
    ],
)
def test_whatever_is_amiss_is_told(change, complaint):
    entries = [dict(entry) for entry in REGISTER]
    change(entries)
    [problem] = problems(entries, everything_overridden())
    assert complaint in problem


def test_an_override_is_found_however_it_is_written(tmp_path, monkeypatch):
    (tmp_path / "a_fork.py").write_text(
        "from oscar.apps.partner import strategy as core\n"
        "class Default(core.Default):\n"
        "    availability_policy = parent_availability_policy = None\n"
        "    ours = 1\n"
        "    def fetch_for_line(self, line): ...\n"
        "    def also_ours(self): ...\n"
        "Unavailable = None\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    upstream = importlib.import_module("oscar.apps.partner.strategy")
    found = dict(overrides(importlib.import_module("a_fork"), upstream))
    assert list(found) == [
        "Default.availability_policy",
        "Default.fetch_for_line",
        "Default.parent_availability_policy",
        "Unavailable",
    ]
    assert len({fingerprint(member) for member in found.values()}) == 4
