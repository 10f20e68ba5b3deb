"""Oscar's product form, without a hand on what only lists and the ledger may change."""

from oscar.apps.dashboard.catalogue import forms as core


class StockRecordForm(core.StockRecordForm):
    #: Price is the cost and stock is the sum of moves: `inventory.stock` writes both. By its code
    #: a list finds the good again, and money is yuan.
    OURS = ("partner", "partner_sku", "price_currency", "price", "num_in_stock")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in self.OURS:
            if name in self.fields:
                self.fields[name].disabled = True
                self.fields[name].required = False
