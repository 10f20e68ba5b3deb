"""Stock counters may be changed by `inventory.stock` alone; Oscar's own ways are shut."""

from oscar.apps.partner.abstract_models import AbstractStockRecord


class StockRecord(AbstractStockRecord):
    def _refuse(self, quantity):
        raise TypeError("Stock counters are written by inventory.stock only (DESIGN §3).")

    # Oscar adds without looking and knows no ledger.
    allocate = consume_allocation = cancel_allocation = _refuse


from oscar.apps.partner.models import *
