"""An import in figures, for `--json`."""

from dataclasses import asdict
from typing import Any

from shop.group_buys.placing import Placed
from shop.group_buys.plan import Plan


def figures(plan: Plan, placed: Placed | None = None) -> dict[str, Any]:
    """What was read and matched, what is not there, and what was placed (None: a dry run)."""
    return {
        "source": plan.export.source,
        "lines": plan.lines,
        "quantity": plan.quantity,
        "doors": len(plan.doors),
        "bad_cells": [cell.cell for cell in plan.bad],
        "bad": [asdict(cell) for cell in plan.bad],
        "goods": [
            {
                "name": name.label,
                "good": name.item.record.product.title if name.item else None,
                "units": name.units,
            }
            for name in plan.names
        ],
        "doubts": [{"cell": doubt.cell, "sentence": doubt.sentence} for doubt in plan.doubts],
        "shortages": [
            {
                "good": short["item"].record.product.title,
                "units": short["short"],
                "doors": short["doors"],
            }
            for short in plan.shortages
        ],
        "refused": [
            {"door": door.household.address, "rows": door.rows, "reason": door.refused}
            for door in plan.refused
        ],
        "already_ordered": plan.known,
        "seen_in": plan.seen_in,
        "notes": plan.notes,
        "placed": {
            "orders": len(placed.orders) if placed else 0,
            "units": placed.units if placed else 0,
            "numbers": [order.number for order in placed.orders] if placed else [],
            "problems": placed.problems if placed else [],
        },
    }
