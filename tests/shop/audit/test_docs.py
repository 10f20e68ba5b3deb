"""docs/money.md and the audit know the same rows."""

import re
from pathlib import Path

from shop.audit.book import FLOWS
from shop.models import MoneyMove

PAGE = Path(__file__).parents[3] / "docs" / "money.md"


def test_the_table_of_rows_is_what_the_audit_allows():
    """`refund` with several rows leaves the first column empty after its first."""
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index("| kind | from → to | when") : text.index("## What is given back")]
    found: dict[str, set[tuple[str, str]]] = {}
    kind = ""
    for line in table.splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) < 2:
            continue
        if cells[0]:
            kind = re.findall(r"`(\w+)`", cells[0])[0]
        found.setdefault(kind, set()).update(re.findall(r"`(\w+) → (\w+)`", cells[1]))
    said = {
        kind.value: {(source.value, target.value) for source, target in pairs}
        for kind, pairs in FLOWS.items()
    }
    assert found == said
    assert set(found) == set(MoneyMove.Kind.values)


def test_every_account_is_explained():
    text = PAGE.read_text(encoding="utf-8")
    for account in MoneyMove.Account:
        assert f"| `{account.value}` {account.label} |" in text
