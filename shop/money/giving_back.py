"""Where money goes back to when an order turns out to be overpaid.

What a fund paid goes back to the fund first, as far as its share of what the order comes to now
has become less (`shop.money.funds.subsidies`). What the station wrote off, of it or of the account
that it was paid out of, nobody paid (`shop.money.written_off`). Then, unless the door wants all in
its account:

* what was paid through Stripe, back through Stripe, if it is not too little for that;
* everything else (the account; cash and transfers, which nobody brings back through the village)
  into the door's account, where it pays the next order or is fetched at the counter.

Whatever the door wants and however little it is, through Stripe goes what a family paid that has
moved out, whose account is another family's now, and what the payer's bank asks for or took back.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db.models import F
from django.utils.translation import gettext as _

from delivery.templatetags.station import yuan
from inventory.models import Station
from shop.errors import MoneyRefused
from shop.models import AccountTerms, MoneyMove
from shop.money import ZERO, ledger
from shop.money.funds import subsidies
from shop.money.ledger import Entry, Standing
from shop.money.written_off import Losses
from shop.payments import ways
from shop.payments.way import Part

Account, Kind = MoneyMove.Account, MoneyMove.Kind


def of(
    entries: Iterable[Entry],
    standings: dict[int, Standing],
    *,
    at: datetime,
    in_cash: bool = False,
) -> list[Entry]:
    """The entries that have to be written besides `entries`, so that no order stands overpaid.

    `standings`: of the orders that are credited or adjusted, before any of it. `in_cash`: what
    does not go back to a fund is taken out of the till, whatever way it was paid. Four queries if
    there is something to give back, up to three more where a fund paid, two where Stripe or an
    account did, whatever the number of orders. Raises `MoneyRefused` if a stranger would get it.
    """
    entries = list(entries)
    _add(standings, entries)
    adjusted = {entry.order_id for entry in entries if entry.kind == Kind.ADJUSTMENT}
    moved = subsidies.follow({pk: each for pk, each in standings.items() if pk in adjusted})
    _add(standings, moved)
    return moved + _overpaid(standings, at, in_cash)


def _add(standings: dict[int, Standing], entries: Iterable[Entry]) -> None:
    for entry in entries:
        if entry.order_id in standings:
            ledger.add_to(standings[entry.order_id], entry)


def _overpaid(standings: dict[int, Standing], at: datetime, in_cash: bool) -> list[Entry]:
    overpaid = {pk: each for pk, each in standings.items() if each.owed < 0}
    if not overpaid:
        return []
    doors = {standing.household_id for standing in overpaid.values()}
    to_account = set(
        AccountTerms.objects.filter(
            household__in=doors, refund_to=AccountTerms.RefundTo.ACCOUNT
        ).values_list("household_id", flat=True)
    )
    moved_out = _moved_out(overpaid)
    stations = Station.objects.in_bulk({standing.station_id for standing in overpaid.values()})
    bound = _bound(overpaid)
    losses = Losses(overpaid)
    through: dict[str, list[Part]] = defaultdict(list)
    found: list[Entry] = []
    for order_id, standing in sorted(overpaid.items()):
        left = -standing.owed
        # Nobody paid this.
        if written_off := losses.take(order_id, left):
            left -= written_off
            nothing = into_account(order_id, standing, written_off)
            found.append(replace(nothing, kind=Kind.WRITE_OFF, target=Account.BAD_DEBT))
        if not in_cash:
            gone = order_id in moved_out
            least = None if gone else stations[standing.station_id]
            free = gone or standing.household_id not in to_account
            for code, part in _parts(order_id, standing, left, least, bound, free):
                through[code].append(part)
                left -= part.amount
            if gone and left > 0:
                words = _("有一单是搬走的那家的，要退的 %s 不能进现在这家的账户，请站长先核对。")
                raise MoneyRefused(words % yuan(left))
        if left > 0:
            given = into_account(order_id, standing, left)
            found.append(replace(given, target=Account.CASH) if in_cash else given)
    for code, parts in through.items():
        found += ways.ALL[code].give_back(parts, at=at)
    return found


def _moved_out(order_ids: Collection[int]) -> set[int]:
    """Those of families that live there no more."""
    moves = MoneyMove.objects.filter(
        order__in=order_ids, order__date_placed__lt=F("household__lived_in_since")
    )
    return set(moves.order_by().values_list("order_id", flat=True))


def _bound(overpaid: Mapping[int, Standing]) -> set[int]:
    """Payments whose money goes back the way it came, or not at all."""
    paid = {
        way: {
            payment_id
            for standing in overpaid.values()
            for (account, payment_id) in standing.paid
            if account in way.gives_back_to and payment_id
        }
        for way in ways.ALL.values()
    }
    return {pk for way, payments in paid.items() if payments for pk in way.bound(payments)}


def _parts(
    order_id: int,
    standing: Standing,
    left: Decimal,
    station: Station | None,
    bound: Collection[int],
    free: bool,
) -> Iterator[tuple[str, Part]]:
    """What of `left` yuan goes back the way it came, by code of the way; the latest payment
    first. `station`: whose smallest refund counts, if any; not `free`: only what is bound."""
    for way in ways.ALL.values():
        of_way = [
            (payment_id or 0, paid)
            for (account, payment_id), paid in standing.paid.items()
            if account in way.gives_back_to and paid > ZERO
        ]
        for payment_id, paid in sorted(of_way, reverse=True):
            amount = min(left, paid)
            enough = free and (station is None or way.gives_back(amount, station))
            if amount > 0 and (enough or payment_id in bound):
                left -= amount
                yield way.code, Part(order_id, standing, amount, payment_id or None)


def into_account(order_id: int, standing: Standing, amount: Decimal) -> Entry:
    return Entry(
        station_id=standing.station_id,
        kind=Kind.REFUND,
        source=Account.ORDER,
        target=Account.HOUSEHOLD,
        amount=amount,
        household_id=standing.household_id,
        order_id=order_id,
    )
