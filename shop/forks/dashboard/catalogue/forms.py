"""Oscar's product form, without a hand on what only the ledger may change."""

from oscar.apps.dashboard.catalogue import forms as core


class StockRecordForm(core.StockRecordForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Price is the cost and stock is the sum of moves: `inventory.stock` writes both.
        for name in ("price", "num_in_stock"):
            if name in self.fields:
                self.fields[name].disabled = True
                self.fields[name].required = False
