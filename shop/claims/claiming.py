"""What a household says of something that came: some of it was missing, spoiled, or another good.

Nothing is given back yet: somebody of the station answers (`shop.claims.answering`).
"""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import BinaryIO
from uuid import UUID, uuid4

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.models import ParcelLine
from inventory import pictures
from shop.errors import ClaimRefused, NonceTaken
from shop.models import Claim, OrderStatus
from shop.money import FEN, ledger
from shop.settlement import afterwards

#: So long after it came something may be claimed; who opens the bag then, opened it before.
OPEN_FOR = timedelta(days=7)
#: Claims that count: those that were declined were none.
COUNTS = (Claim.Status.OPEN, Claim.Status.ACCEPTED)


def make(
    line,
    *,
    kind: Claim.Kind,
    units: int,
    note: str = "",
    photo: bytes | BinaryIO | None = None,
    by,
    nonce: UUID,
) -> Claim:
    """Somebody says that `units` of this order line were not right; the same nonce with the same
    words is the same claim, however often it is tapped.

    Raises `ClaimRefused`: not delivered, too long ago, or of more than came; `PhotoRefused`; and
    `NonceTaken` if the nonce said something else. Who may say it of this door, the view asks.
    """
    said = _checked(kind, units, note)
    # Before any lock is held: a picture takes its time.
    kept = _keep(photo) if photo else ""
    claim = None
    try:
        with transaction.atomic():
            ledger.lock([line.order_id])
            claim = _made_before(nonce, line, said, by)
            if claim is None:
                _refuse_odd(line, units)
                claim = Claim.objects.create(
                    line=line, photo=kept, by=by, at=timezone.now(), nonce=nonce, **said
                )
            return claim
    except IntegrityError as error:
        raise NonceTaken from error  # of another order, at the same moment
    finally:
        if kept and (claim is None or claim.photo.name != kept):
            _storage().delete(kept)


def came(line) -> int:
    """Units that came of an order line, or instead of it."""
    item_id = line.stockrecord.item.pk
    of_it = Q(item=item_id, instead_of=None) | Q(instead_of__item=item_id)
    lines = ParcelLine.objects.filter(of_it, parcel__order=line.order_id)
    return lines.aggregate(units=Sum("quantity"))["units"] or 0


def left(line) -> int:
    """Units of it that nobody has claimed yet."""
    claimed = Claim.objects.filter(line=line, status__in=COUNTS)
    return came(line) - (claimed.aggregate(units=Sum("units"))["units"] or 0)


def fair(claim: Claim) -> Decimal:
    """What the claimed units come to now, to offer as the answer; yuan."""
    now = afterwards.worth(claim.line.order_id)[claim.line_id]
    units = came(claim.line)
    share = (now * claim.units / units).quantize(FEN, ROUND_HALF_UP) if units else now
    return min(now, share)


def _checked(kind: str, units: int, note: str) -> dict:
    note = note.replace("\x00", "").strip()
    if kind not in Claim.Kind.values:
        raise ClaimRefused(_("请选少了、坏了还是送错了。"))
    if units < 1:
        raise ClaimRefused(_("请填几份不对，至少 1 份。"))
    if len(note) > Claim._meta.get_field("note").max_length:
        raise ClaimRefused(_("说明太长了，请短一些。"))
    return {"kind": Claim.Kind(kind), "units": units, "note": note}


def _storage():
    return Claim._meta.get_field("photo").storage


def _keep(photo: bytes | BinaryIO) -> str:
    """Under a name that says nothing."""
    picture = pictures.small_jpeg(pictures.read(photo))
    return _storage().save(f"claims/{uuid4().hex}.jpg", ContentFile(picture))


def _made_before(nonce: UUID, line, said: dict, by) -> Claim | None:
    first = Claim.objects.filter(nonce=nonce).first()
    if first is None:
        return None
    was = {"kind": first.kind, "units": first.units, "note": first.note}
    if (first.line_id, first.by_id, was) != (line.pk, by.pk, said):
        raise NonceTaken
    return first


def _refuse_odd(line, units: int) -> None:
    """Call with the order locked."""
    order = type(line.order).objects.get(pk=line.order_id)
    if order.status != OrderStatus.DELIVERED:
        words = _("送到了才能说哪样不对，这一单%s。")
        raise ClaimRefused(words % OrderStatus(order.status).label)
    changes = order.status_changes.filter(new_status=OrderStatus.DELIVERED)
    delivered = changes.order_by("pk").last()
    if delivered and delivered.date_created < timezone.now() - OPEN_FOR:
        raise ClaimRefused(_("送到已经超过 %d 天了，请打驿站电话。") % OPEN_FOR.days)
    there = left(line)
    if units > there:
        of = {"good": line.title, "left": max(0, there), "unit": line.stockrecord.item.unit}
        raise ClaimRefused(_("%(good)s还能报 %(left)d %(unit)s，不能报更多。") % of)
    if not afterwards.worth(order.pk)[line.pk]:
        raise ClaimRefused(_("%s这一单没有收钱，不用退。") % line.title)
