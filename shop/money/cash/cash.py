"""现金: whose hands it is in, what is in the till, and what two people counted.

Cash comes into somebody's hands at a door (`collected`, `collecting`) and leaves them when it is
handed in: two people count it, what they found goes into the till, and what is missing or too much
is written down as a difference. After a count the hands hold nothing, so whoever comes next starts
from nothing. Counting the till moves only the difference. Yuan to the fen.

Who counts hands holds the lock of their holder (`lock_hands`), and so does whoever books cash into
or out of them: what a count compares with does not change while it is written.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.templatetags.station import yuan
from inventory.access import stations_of
from inventory.models import Station
from inventory.words import written
from shop.errors import CashRefused, MoneyChanged, MoneyRefused
from shop.models import CashCount, MoneyMove, User
from shop.models.money import MoneyMoveQuerySet
from shop.money import FEN, ZERO, ledger, once
from shop.money.ledger import Entry

Account, Kind = MoneyMove.Account, MoneyMove.Kind
#: A till that is said to hold more was miscounted by a digit.
MOST_COUNTED = Decimal(1_000_000)


# --- reads ---------------------------------------------------------------------------------------
def held_by(station: Station) -> dict[User, Decimal]:
    """Who has how much of the station's cash in their hands; the largest sum first. Two queries."""
    sums = _in_hands(MoneyMove.objects.filter(station=station), "holder")
    people = User.objects.in_bulk(sums)
    largest = sorted(sums.items(), key=lambda entry: (-entry[1], entry[0]))
    return {people[holder_id]: amount for holder_id, amount in largest}


def hands_of(user: User) -> dict[Station, Decimal]:
    """The same the other way round: which station's cash this person holds. Two queries."""
    sums = _in_hands(MoneyMove.objects.filter(holder=user), "station")
    stations = Station.objects.in_bulk(sums)
    return {stations[station_id]: amount for station_id, amount in sorted(sums.items())}


def held(station_id: int, holder_id: int) -> Decimal:
    """What one person holds."""
    return MoneyMove.objects.filter(station=station_id, holder=holder_id).standing(Account.PERSON)


def in_till(station: Station) -> Decimal:
    """What the books say is in the till."""
    return MoneyMove.objects.filter(station=station).standing(Account.CASH)


def till_warning(station: Station) -> str:
    """One sentence if the books have less than nothing in the till, to be shown to who paid cash
    out; else nothing. No till holds less than nothing, but a sale may be keyed later than its cash
    came, so nobody is sent away for it: whoever counts the till puts it right."""
    if (there := in_till(station)) >= 0:
        return ""
    words = _("账上钱箱少了 %s：可能有收的钱还没记，请点一次钱箱。")
    return words % yuan(-there)


def _in_hands(moves: MoneyMoveQuerySet, column: str) -> dict[int, Decimal]:
    sums = moves.standing_by(Account.PERSON, column)
    return {key: amount for key, amount in sums.items() if amount}


# --- counts --------------------------------------------------------------------------------------
def hand_in(
    station: Station,
    holder: User,
    counted: Decimal,
    *,
    counted_by: User,
    witness: User,
    seen: Decimal,
    note: str = "",
    nonce: UUID,
    at: datetime | None = None,
) -> CashCount:
    """What is in the holder's hands goes into the till, as two people counted it.

    `counted_by` and `witness`: the holder and somebody of the station, or two of the station.
    `seen`: what the books said when they counted. Again with the same nonce is the same count.
    Raises `CashRefused`, `MoneyChanged` if money came in since, `NonceTaken`.
    """
    names = (counted_by, witness)
    return _count(station, holder, counted, names=names, seen=seen, note=note, nonce=nonce, at=at)


def count_till(
    station: Station,
    counted: Decimal,
    *,
    counted_by: User,
    witness: User,
    seen: Decimal,
    note: str = "",
    nonce: UUID,
    at: datetime | None = None,
) -> CashCount:
    """What two of the station found in the till: from now on the books say so, too. The rest as
    for `hand_in`."""
    names = (counted_by, witness)
    return _count(station, None, counted, names=names, seen=seen, note=note, nonce=nonce, at=at)


def _count(
    station: Station,
    holder: User | None,
    counted: Decimal,
    *,
    names: tuple[User, User],
    seen: Decimal,
    note: str,
    nonce: UUID,
    at: datetime | None,
) -> CashCount:
    refuse_odd(counted)
    refuse_names(station, holder, *names)
    with once.tap(CashCount, nonce) as tap:
        expected = expect(station, holder)
        holder_id = getattr(holder, "pk", None)
        if first := tap.again(station_id=station.pk, holder_id=holder_id, counted=counted):
            return first
        refuse_changed(holder, counted, expected, seen)
        count = CashCount.objects.create(
            station=station,
            holder=holder,
            expected=expected,
            counted=counted,
            counted_by=names[0],
            witness=names[1],
            note=note[:100],
            nonce=nonce,
            at=at or timezone.now(),
        )
        ledger.post(_moves(count), by=names[0], at=count.at)
        return count


def expect(station: Station, holder: User | None) -> Decimal:
    """What the books say is in these hands, or in the till (None); locked, in a transaction."""
    if holder is None:
        _lock_till(station)
        return in_till(station)
    lock_hands([holder.pk])
    return held(station.pk, holder.pk)


def refuse_odd(amount: Decimal) -> None:
    if not amount.is_finite() or not ZERO <= amount <= MOST_COUNTED:
        raise CashRefused(_("点到的钱要在 0 到 ¥%d 之间。") % MOST_COUNTED)
    if amount != amount.quantize(FEN):
        raise CashRefused(_("点到的钱最多到分。"))


def refuse_names(station: Station, holder: User | None, *names: User) -> None:
    """Two different people: of them one may be the holder, the others work at the station."""
    if len(set(names)) < len(names):
        raise CashRefused(_("点钱要两个人，一个人点，另一个人确认。"))
    for user in names:
        if user != holder and not stations_of(user).filter(pk=station.pk).exists():
            raise CashRefused(_("点钱的要是交款人自己和驿站的工作人员。"))


def refuse_changed(holder: User | None, counted: Decimal, expected: Decimal, seen: Decimal) -> None:
    if expected != seen:
        raise MoneyChanged(expected)
    if holder is not None and not expected and not counted:
        raise CashRefused(_("没有要交的钱。"))


def _moves(count: CashCount) -> list[Entry]:
    """What was counted leaves the hands for the till; what was not there, or too much, leaves them
    for the differences."""
    where = Account.CASH if count.holder_id is None else Account.PERSON
    handed_in = _entry(count, Kind.HAND_IN, Account.CASH, Account.PERSON, count.counted)
    difference = _entry(count, Kind.DIFFERENCE, Account.DIFFERENCE, where, abs(count.difference))
    if count.difference > 0:
        difference = difference.turned()
    return [difference] if count.holder_id is None else [handed_in, difference]


def _entry(
    count: CashCount,
    kind: MoneyMove.Kind,
    source: MoneyMove.Account,
    target: MoneyMove.Account,
    amount: Decimal,
) -> Entry:
    return Entry(
        station_id=count.station_id,
        kind=kind,
        source=source,
        target=target,
        amount=amount,
        holder_id=count.holder_id,
        count_id=count.pk,
    )


# --- hands that are corrected, and the bank ------------------------------------------------------
def squared(entries: Sequence[Entry]) -> list[Entry]:
    """What has to be booked besides `entries`, so that nobody holds less than nothing.

    A tap is corrected after its cash was handed in: what two people counted is in the till, so
    what is now said never to have been collected was a difference of that count. Takes the locks
    of all hands the entries move; call in a transaction, after the orders are locked.
    """
    change: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for entry in entries:
        if entry.holder_id is not None:
            given = entry.source == Account.PERSON
            change[entry.station_id, entry.holder_id] += entry.amount if given else -entry.amount
    lock_hands({holder_id for _station_id, holder_id in change})
    found = []
    with written():
        why = _("交款后更正")
    for (station_id, holder_id), amount in sorted(change.items()):
        if amount < 0 and (after := held(station_id, holder_id) + amount) < 0:
            found.append(
                Entry(
                    station_id=station_id,
                    kind=Kind.DIFFERENCE,
                    source=Account.PERSON,
                    target=Account.DIFFERENCE,
                    amount=-after,
                    holder_id=holder_id,
                    note=why,
                )
            )
    return found


def bank(
    station: Station,
    amount: Decimal,
    *,
    by: User,
    nonce: UUID,
    note: str = "",
    at: datetime | None = None,
) -> None:
    """From the till to the bank; again with the same nonce is nothing. Raises `CashRefused`,
    `MoneyRefused` for more than the till holds, `NonceTaken`."""
    refuse_odd(amount)
    if not amount:
        raise CashRefused(_("请填存了多少钱。"))
    with once.tap(MoneyMove, nonce) as tap:
        there = expect(station, None)
        if tap.again(station_id=station.pk, kind=Kind.BANKED, amount=amount):
            return
        if amount > there:
            words = _("钱箱里账上只有 %(there)s，存不了 %(amount)s。")
            raise MoneyRefused(words % {"there": yuan(there), "amount": yuan(amount)})
        entry = Entry(
            station_id=station.pk,
            kind=Kind.BANKED,
            source=Account.BANK,
            target=Account.CASH,
            amount=amount,
            note=note[:100],
            nonce=nonce,
        )
        ledger.post([entry], by=by, at=at)


# --- locks (docs/locking.md) ---------------------------------------------------------------------
def lock_hands(holder_ids: Collection[int]) -> None:
    """Nobody counts these hands, or books cash into or out of them, before we are done."""
    rows = User.objects.filter(pk__in=holder_ids).order_by("pk")
    if holder_ids and connection.vendor == "postgresql":
        list(rows.select_for_update(no_key=True).values_list("pk"))


def _lock_till(station: Station) -> None:
    """Nobody else counts the till, or takes from it for the bank. Sales go on."""
    rows = Station.objects.filter(pk=station.pk)
    if connection.vendor == "postgresql":
        list(rows.select_for_update(no_key=True).values_list("pk"))
