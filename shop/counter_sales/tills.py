"""What lies on the counter before it is sold: which goods, for which door.

It is kept in the session of whoever serves, a sale by its key, so that two tabs are two sales.
The key is also the sale's nonce: a second tap on the last button is the same sale. Nothing is held
for it, and nothing of it stands in an address.
"""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase

from shop.wanted import MOST_OF_ONE

#: In the session: `{sale: {"door": key, "goods": [[stock record id, units], …]}}`.
KEY = "counter"
#: Sales somebody may have begun and left lying.
MOST_OPEN = 8


@dataclass
class Till:
    """One sale that is being put together; `goods` in units by stock record, as they came."""

    sale: UUID
    household_id: int
    goods: dict[int, int] = field(default_factory=dict)

    def add(self, record_id: int, units: int = 1) -> None:
        self.put(record_id, self.goods.get(record_id, 0) + units)

    def put(self, record_id: int, units: int) -> None:
        """So many of it; 0 takes it away."""
        if units > 0:
            self.goods[record_id] = min(units, MOST_OF_ONE)
        else:
            self.goods.pop(record_id, None)


def begin(session: SessionBase, household_id: int) -> Till:
    till = Till(uuid4(), household_id)
    keep(session, till)
    return till


def find(session: SessionBase, sale: UUID) -> Till | None:
    """The sale with this key; None if it was sold, or was left lying for too long."""
    kept = session.get(KEY, {}).get(str(sale))
    return Till(sale, kept["door"], dict(kept["goods"])) if kept else None


def keep(session: SessionBase, till: Till) -> None:
    sales = session.get(KEY, {}) | {
        str(till.sale): {
            "door": till.household_id,
            "goods": [list(good) for good in till.goods.items()],
        }
    }
    session[KEY] = dict(list(sales.items())[-MOST_OPEN:])


def drop(session: SessionBase, till: Till) -> None:
    session[KEY] = {
        sale: kept for sale, kept in session.get(KEY, {}).items() if sale != str(till.sale)
    }
