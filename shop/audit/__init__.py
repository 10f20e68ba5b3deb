"""Whether what must always hold does hold, on the data as they are (DESIGN §2).

    for result in audit.run():
        print(result)

Each invariant is one function that looks at everything in a few set-based queries and names its
figures: what it saw, and what must be zero. It changes nothing and holds nobody up.
"""

from shop.audit import costs, doors, goods, money, orders, people  # noqa: F401  (they register)
from shop.audit.checks import Figure, Result, as_json, run

__all__ = ["Figure", "Result", "as_json", "run"]
