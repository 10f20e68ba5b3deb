"""互助金: money given to pay for others, and for whom it pays.

What is in a fund is what was given less what it paid (`shop.money.funds.subsidies` says of what).
The open book shows these sums to everybody, and nothing else. Amounts are yuan to the fen.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Sum, When
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.models import Household
from delivery.templatetags.station import yuan
from inventory.models import Item, Station
from shop.errors import FundRefused
from shop.models import Fund, Grant, MoneyMove
from shop.money import FEN, ZERO, accounts, ledger, once
from shop.money.funds import subsidies
from shop.money.ledger import Entry

Account, Kind = MoneyMove.Account, MoneyMove.Kind

#: Where a gift comes in, and goes back to if it was none.
SOURCES = (Account.CASH, Account.TRANSFER, Account.BANK)
#: What is more at once is a slip of the finger.
MOST = Decimal(1_000_000)


def make(station: Station, name: str, giver: Fund.Giver) -> Fund:
    """Again with the same name and giver is the same fund. Raises `FundRefused`."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 40:
        raise FundRefused(_("请给互助金起个名字，最多 40 个字。"))
    fund, created = Fund.objects.get_or_create(
        station=station, name=name, defaults={"giver": giver, "at": timezone.now()}
    )
    if not created and fund.giver != giver:
        raise FundRefused(_("已经有一笔叫“%s”的互助金了，请换个名字。") % name)
    return fund


def switch(fund: Fund, active: bool) -> None:
    """Whether it pays for new orders. What is in it stays, and what it agreed to pay it pays."""
    Fund.objects.filter(pk=fund.pk).update(active=active)


def donate(
    fund: Fund,
    amount: Decimal,
    *,
    source: MoneyMove.Account = Account.CASH,
    by,
    nonce: UUID,
    note: str = "",
) -> None:
    """A gift comes in; again with the same nonce is nothing. `note` is for the station's people.

    Raises `MoneyRefused` for an amount that cannot be right, `NonceTaken`.
    """
    if source not in SOURCES:
        raise FundRefused(_("请选钱是怎么来的。"))
    _once(fund, amount, source, Account.FUND, by, nonce, note)


def give_back(
    fund: Fund,
    amount: Decimal,
    *,
    target: MoneyMove.Account = Account.CASH,
    by,
    nonce: UUID,
    note: str = "",
) -> None:
    """A gift goes back to where it came from, or had been written down wrong. What the fund paid
    stays paid: raises `FundRefused` for more than it has."""
    if target not in SOURCES:
        raise FundRefused(_("请选钱退到哪里。"))
    _once(fund, amount, Account.FUND, target, by, nonce, note)


def _once(
    fund: Fund,
    amount: Decimal,
    source: MoneyMove.Account,
    target: MoneyMove.Account,
    by,
    nonce: UUID,
    note: str,
) -> None:
    accounts.refuse_odd(amount, MOST)
    with once.tap(MoneyMove, nonce) as tap:
        subsidies.lock([fund.pk])
        if tap.again(fund_id=fund.pk, amount=amount, source=source, target=target):
            return
        there = subsidies.left([fund.pk]).get(fund.pk, ZERO)
        if source == Account.FUND and amount > there:
            words = _("“%(fund)s”只剩 %(there)s，不能退 %(amount)s。")
            said_so = {"fund": fund.name, "there": yuan(there), "amount": yuan(amount)}
            raise FundRefused(words % said_so)
        entry = Entry(
            station_id=fund.station_id,
            kind=Kind.DONATION,
            source=source,
            target=target,
            amount=amount,
            fund_id=fund.pk,
            nonce=nonce,
            note=note[:100],
        )
        ledger.post([entry], by=by)


# --- for whom ------------------------------------------------------------------------------------
def grant(
    fund: Fund,
    share: Decimal,
    *,
    household: Household | None = None,
    item: Item | None = None,
    by,
) -> Grant:
    """From now on the fund pays `share` (1: all) of what this door orders, or of this good. A fund
    has one share for each: another one replaces it, the same again changes nothing.

    Raises `FundRefused`.
    """
    share = share.quantize(Decimal("0.0001"))
    if not 0 < share <= 1:
        raise FundRefused(_("补助要在 1% 到 100% 之间。"))
    theirs = (
        household.grid.station_id == fund.station_id
        if household
        else item is not None and item.record.partner_id == fund.station.partner_id
    )
    if not theirs:
        raise FundRefused(_("这笔互助金只补本驿站的住户和货。"))
    with transaction.atomic():
        subsidies.lock([fund.pk])  # two who say it at once
        there = Grant.objects.filter(fund=fund, household=household, item=item, active=True)
        if same := there.filter(share=share).first():
            return same
        there.update(active=False)
        return Grant.objects.create(
            fund=fund, household=household, item=item, share=share, by=by, at=timezone.now()
        )


def end(grant: Grant) -> None:
    """It pays for no more orders; those that are placed are paid as agreed."""
    Grant.objects.filter(pk=grant.pk).update(active=False)


def end_grants_of(household: Household) -> None:
    """They move out: the next family behind this door was not meant."""
    Grant.objects.filter(household=household).update(active=False)


def grants(fund: Fund) -> QuerySet[Grant]:
    """Those that are in force, doors in the order of their addresses, then goods by name."""
    return (
        Grant.objects.filter(fund=fund, active=True)
        .select_related("household__grid", "item__record__product")
        .order_by(
            "household__grid__position",
            "household__grid",
            "household__walk_key",
            "item__record__product__title",
            "pk",
        )
    )


# --- what is in it -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Sums:
    """Of one fund, yuan: what came in and what it paid in a time, and what was in it at its end."""

    fund: Fund
    given: Decimal
    paid: Decimal
    left: Decimal


def sums(
    station: Station, since: datetime | None = None, until: datetime | None = None
) -> list[Sums]:
    """Of all funds of a station, also those that have ended; `until`: not any more. One query."""
    return _sums(Fund.objects.filter(station=station), since, until)


def sums_of(fund: Fund) -> Sums:
    """Of this one, up to now."""
    return _sums(Fund.objects.filter(pk=fund.pk), None, None)[0]


def _sums(those: QuerySet[Fund], since: datetime | None, until: datetime | None) -> list[Sums]:
    before = Q(moves__at__lt=until) if until else Q()
    during = before & Q(moves__at__gte=since) if since else before
    came_in = Case(When(moves__target=Account.FUND, then=F("moves__amount")))
    went_out = Case(When(moves__source=Account.FUND, then=F("moves__amount")))
    gifts = Q(moves__kind=Kind.DONATION)
    found = those.annotate(
        given=Sum(came_in, filter=during & gifts),
        taken_back=Sum(went_out, filter=during & gifts),
        paid=Sum(went_out, filter=during & ~gifts),
        returned=Sum(came_in, filter=during & ~gifts),
        all_in=Sum(came_in, filter=before),
        all_out=Sum(went_out, filter=before),
    )
    return [
        Sums(
            fund,
            given=_fen(fund.given) - _fen(fund.taken_back),
            paid=_fen(fund.paid) - _fen(fund.returned),
            left=_fen(fund.all_in) - _fen(fund.all_out),
        )
        for fund in found
    ]


def _fen(yuan: Decimal | None) -> Decimal:
    """SQLite adds decimals up as floats."""
    return (yuan or ZERO).quantize(FEN)


def gifts(fund: Fund) -> QuerySet[MoneyMove]:
    """What came in, or went back, the latest first."""
    moves = MoneyMove.objects.filter(fund=fund, kind=Kind.DONATION).select_related("by")
    return moves.order_by("-pk")
