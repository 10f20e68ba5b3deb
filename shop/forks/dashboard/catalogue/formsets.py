"""A good has the one stock record its list gave it."""

from oscar.apps.dashboard.catalogue import formsets as core


class StockRecordFormSet(core.StockRecordFormSet):
    # Its moves hang on it, so it cannot go; and a second one would be a good without an item.
    can_delete = False
    edit_only = True
    extra = 0
