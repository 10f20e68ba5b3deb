"""At the door: nothing happens before the courier is there. Then `shop.receivers` books what the
handoff says was collected."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import Household
from shop.payments.way import Way


class DoorWay(Way):
    code = "door"
    title = gettext_lazy("送到时付")
    symbol = "💵"

    def words(self, household: Household, amount: Decimal) -> str:
        return _("现金或转账，志愿者记账")
