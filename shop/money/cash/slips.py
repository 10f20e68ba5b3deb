"""点款单: one says on their own phone what was counted, another confirms it on theirs.

The holder and somebody of the station, or two of the station, in either order. Nobody confirms
what they said themselves, and what came in between makes them count again.
"""

from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import Station
from shop.errors import CashRefused
from shop.models import CashCount, CashSlip, User
from shop.money import once
from shop.money.cash import cash

Status = CashSlip.Status


def say(
    station: Station,
    holder: User | None,
    counted: Decimal,
    *,
    by: User,
    seen: Decimal,
    nonce: UUID,
    note: str = "",
) -> CashSlip:
    """What `by` counted in the holder's hands, or in the till (None). An earlier slip that nobody
    confirmed is withdrawn. Again with the same nonce is the same slip.

    Raises `CashRefused`, `MoneyChanged` and `NonceTaken` as `cash.hand_in` does.
    """
    cash.refuse_odd(counted)
    cash.refuse_names(station, holder, by)
    with once.tap(CashSlip, nonce) as tap:
        expected = cash.expect(station, holder)
        holder_id = getattr(holder, "pk", None)
        if first := tap.again(station_id=station.pk, holder_id=holder_id, counted=counted):
            return first
        cash.refuse_changed(holder, counted, expected, seen)
        waiting = CashSlip.objects.filter(station=station, holder=holder)
        waiting.move({Status.OPEN}, Status.WITHDRAWN)
        return CashSlip.objects.create(
            station=station,
            holder=holder,
            expected=expected,
            counted=counted,
            said_by=by,
            note=note[:100],
            nonce=nonce,
            at=timezone.now(),
        )


def confirm(slip: CashSlip, *, by: User) -> CashCount:
    """`by` counted the same: it is booked, with both names. Twice is once.

    Raises `CashRefused` if it was withdrawn or `by` may not, `MoneyChanged` if money came in since.
    """
    cash.refuse_names(slip.station, slip.holder, slip.said_by, by)
    with transaction.atomic():
        cash.expect(slip.station, slip.holder)
        if not CashSlip.objects.filter(pk=slip.pk).move({Status.OPEN}, Status.CONFIRMED):
            if booked := CashCount.objects.filter(nonce=slip.nonce).first():
                return booked
            raise CashRefused(_("这张点款单已经收回了，请重新点一次。"))
        said = {"counted_by": slip.said_by, "witness": by, "seen": slip.expected}
        said |= {"note": slip.note, "nonce": slip.nonce}
        if slip.holder is None:
            return cash.count_till(slip.station, slip.counted, **said)
        return cash.hand_in(slip.station, slip.holder, slip.counted, **said)


def withdraw(slip: CashSlip, *, by: User) -> None:
    """It was wrong, or the other counted something else. Twice is once; raises `CashRefused` once
    it is booked."""
    cash.refuse_names(slip.station, slip.holder, by)
    CashSlip.objects.filter(pk=slip.pk).move({Status.OPEN}, Status.WITHDRAWN)
    if CashSlip.objects.filter(pk=slip.pk, status=Status.CONFIRMED).exists():
        raise CashRefused(_("这笔已经两个人点好入账了，不能收回。"))
