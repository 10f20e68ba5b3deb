"""What may be done to many goods at once."""

from oscar.apps.dashboard.catalogue import mixins as core


class ProductBulkActionMixin(core.ProductBulkActionMixin):
    intermediate_actions = {
        name: action
        for name, action in core.ProductBulkActionMixin.intermediate_actions.items()
        if name != "set_product_price"
    }
