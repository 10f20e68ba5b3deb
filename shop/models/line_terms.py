"""What was agreed about an order line beyond Oscar's columns."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from delivery.models import Wish


class LineTerms(models.Model):
    """Written with the order, for lines that are pre-ordered or wish for something else than less
    when there is not enough; a line without a row is from stock and takes less."""

    line = models.OneToOneField(
        "order.Line", on_delete=models.PROTECT, primary_key=True, related_name="terms"
    )
    # Pre-ordered: the line's unit price is a ceiling.
    preorder = models.BooleanField(_("预订"), default=False)
    wish = models.CharField(_("不够时"), max_length=7, choices=Wish, default=Wish.LESS)
    # Yuan a unit, once the goods came and were shared out; never above the ceiling.
    final_price = models.DecimalField(
        _("结算单价"), max_digits=12, decimal_places=2, null=True, blank=True
    )

    def __str__(self) -> str:
        return f"terms of line #{self.line_id}"
