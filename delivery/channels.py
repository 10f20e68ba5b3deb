"""By which ways a grid's households may get their goods: hangs on its risk level, per channel,
never globally (DESIGN §1)."""

from django.utils.translation import gettext_lazy as _

from delivery.models import Grid, RiskLevel
from inventory.choices import TextChoices


class Channel(TextChoices):
    DOORSTEP = "doorstep", _("送到门口")
    PICK_UP = "pick_up", _("卡口自提")
    COUNTER = "counter", _("到店购买")


#: What a level allows. Goods always come to the door.
ALLOWED = {
    RiskLevel.SEALED: {Channel.DOORSTEP},
    RiskLevel.CONTROLLED: {Channel.DOORSTEP, Channel.PICK_UP},
    RiskLevel.PRECAUTION: {Channel.DOORSTEP, Channel.PICK_UP, Channel.COUNTER},
    RiskLevel.NORMAL: {Channel.DOORSTEP, Channel.PICK_UP, Channel.COUNTER},
}


def allowed(grid: Grid, channel: Channel) -> bool:
    return channel in ALLOWED[RiskLevel(grid.risk_level)]
