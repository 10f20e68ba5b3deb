"""Every change of an order in a sentence: what came otherwise, why, and how many yuan of it are the
household's. Reads only."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from delivery.models import ShareOut
from shop.models import Adjustment
from shop.money import part


def adjustments(order_ids: Collection[int]) -> Iterable[Adjustment]:
    return (
        Adjustment.objects.filter(order__in=order_ids)
        .select_related("line__stockrecord__item", "line__subsidy", "item__record__product")
        .order_by("pk")
    )


def sentences(
    adjustments: Iterable[Adjustment], *, with_funds: bool = True
) -> Iterator[tuple[Adjustment, str]]:
    """Each, in the order they were written, in words. Where a fund pays a share of the line they
    also say what of the sum is the household's: to the fen, what its part became less or more."""
    stands: dict[int, Decimal] = {}
    for adjustment in adjustments:
        line = adjustment.line
        sentence = _sentence(adjustment, line.quantity, line.stockrecord.item.unit)
        subsidy = getattr(line, "subsidy", None)
        if subsidy is not None and with_funds and adjustment.amount:
            before = stands.get(line.pk, line.line_price_incl_tax)
            after = stands[line.pk] = before + adjustment.amount
            own = adjustment.amount - part(after, subsidy.share) + part(before, subsidy.share)
            sentence += _("，其中您的 ¥%s") % abs(own) if own else _("，您付的不变")
        yield adjustment, sentence


def shared(order, adjustments: Iterable[Adjustment]) -> dict[tuple[int, datetime], ShareOut]:
    """By item and moment: how what there was too little of was shared out."""
    moments = {each.at for each in adjustments if each.kind == Adjustment.Kind.SHORT}
    if not moments:
        return {}
    shared = ShareOut.objects.filter(round=order.placement.round_id, at__in=moments)
    return {(share.item_id, share.at): share for share in shared}


def _sentence(adjustment: Adjustment, asked: int, unit: str) -> str:
    said = {
        "units": abs(adjustment.units),
        "unit": unit,
        "yuan": abs(adjustment.amount),
    }
    if adjustment.kind == Adjustment.Kind.SHORT:
        if adjustment.units <= -asked:
            return _("这次没有，少收 ¥%(yuan)s") % said
        return _("少给 %(units)d %(unit)s，少收 ¥%(yuan)s") % said
    if adjustment.kind == Adjustment.Kind.PRICE:
        return _("到货价比封顶价便宜，少收 ¥%(yuan)s") % said
    if adjustment.kind == Adjustment.Kind.WEIGHT:
        return _("按实重算，少收 ¥%(yuan)s") % said
    if adjustment.kind == Adjustment.Kind.SUBSTITUTE:
        item = adjustment.item
        said |= {"title": item.record.product.title, "unit": item.unit}
        return _("换成%(title)s %(units)d %(unit)s，¥%(yuan)s") % said
    if adjustment.kind == Adjustment.Kind.CLAIM:
        return _("您说东西不对，少收 ¥%(yuan)s") % said
    if adjustment.kind == Adjustment.Kind.RETURNED:
        if not adjustment.units:
            return _("退回驿站了，少收 ¥%(yuan)s") % said
        return _("%(units)d %(unit)s退回驿站了，少收 ¥%(yuan)s") % said
    if adjustment.units:
        return _("又找到 %(units)d %(unit)s，加回 ¥%(yuan)s") % said
    return _("重新称过，加回 ¥%(yuan)s") % said


def why(share: ShareOut | None, adjustment: Adjustment) -> str:
    """Of what was shared out, what there was and by which rule."""
    if share is None or adjustment.kind != Adjustment.Kind.SHORT:
        return ""
    said = {"asked": share.asked, "there": share.available, "rule": share.get_rule_display()}
    return _("（大家一共订了 %(asked)d，只有 %(there)d，按“%(rule)s”分）") % said
