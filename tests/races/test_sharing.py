"""Goods are shared out twice at once, and while somebody packs them.

Each guard has its control: the same race without it goes wrong, or is stopped by the condition
behind it.
"""

import threading

from django.db import connections

from delivery import batches, locks, rounds
from delivery.errors import NotAsSeen
from delivery.models import Batch, Event, ParcelLine, ShareOut
from delivery.picks import packing
from delivery.share_outs import sharing
from inventory import stock
from inventory.models import Item, ShareRule
from shop import audit
from shop.models import Adjustment, Notice
from shop.settlement import settling
from tests import factories
from tests.races.buyers import PATIENCE, Halfway, counters, ledger, wait_until_somebody_waits
from tests.races.test_delivery import kinds, meet_after
from tests.shop.orders import place, preordered


class Morning:
    """A closed round: three doors want 4 each of a good, of which 6 are there."""

    def __init__(self, *, selling: str) -> None:
        self.station = factories.station()
        self.staff = factories.member(self.station)
        self.packer = factories.member(self.station)
        grid = factories.grid(self.station)
        self.round = factories.round(self.station)
        if selling == Item.Selling.PREORDER:
            self.good = preordered(self.station, share_rule=ShareRule.EQUAL)
        else:
            self.good = factories.item(self.station, in_stock=20, share_rule=ShareRule.EQUAL)
        for _ in range(3):
            place(self.round, factories.household(grid), (self.good, 4))
        rounds.close(self.round)
        if selling == Item.Selling.PREORDER:
            factories.received(self.station, self.good, 6, "12.00")

    def batch(self) -> Batch:
        [batch] = batches.plan(self.round, self.staff).batches
        return batch

    def share(self, limit: int | None = None) -> int:
        limits = {} if limit is None else {self.good.pk: limit}
        return len(sharing.apply(self.round, by=self.staff, limits=limits))

    def quantities(self) -> list[int]:
        return list(ParcelLine.objects.order_by("pk").values_list("quantity", flat=True))


# --- twice at once ----------------------------------------------------------------------------


def test_two_who_share_out_share_it_once(each_database, race, monkeypatch):
    morning = Morning(selling=Item.Selling.PREORDER)
    meet_after(monkeypatch, 3, (sharing, "_look"))
    results, errors = race(3, lambda _: morning.share())
    assert errors == []
    assert sorted(results) == [0, 0, 1]
    assert ShareOut.objects.count() == Event.objects.filter(kind="shared_out").count() == 1
    assert morning.quantities() == [2, 2, 2]
    assert counters(morning.good) == ledger(morning.good) == (6, 6)
    assert Adjustment.objects.filter(kind="short").count() == Notice.objects.count() == 3


def test_without_the_locks_the_condition_still_shares_it_once(transactional_db, race, monkeypatch):
    """The control: both look, and all but one are refused in words."""
    morning = Morning(selling=Item.Selling.PREORDER)
    monkeypatch.setattr(locks, "round_exclusive", lambda round_id: None)
    monkeypatch.setattr(locks, "contents", lambda parcel_ids: None)
    meet_after(monkeypatch, 3, (sharing, "_look"))
    results, errors = race(3, lambda _: morning.share())
    assert (results, kinds(errors), len(errors)) == ([1], {NotAsSeen}, 2)
    assert ShareOut.objects.count() == 1
    assert counters(morning.good) == ledger(morning.good) == (6, 6)


def test_without_lock_and_condition_everything_is_promised_twice(
    transactional_db, race, monkeypatch
):
    """The control of the condition."""
    morning = Morning(selling=Item.Selling.PREORDER)
    factories.received(morning.station, morning.good, 18, "36.00")
    monkeypatch.setattr(locks, "round_exclusive", lambda round_id: None)
    monkeypatch.setattr(locks, "contents", lambda parcel_ids: None)
    monkeypatch.setattr(sharing, "_claim", lambda round, shared: None)
    meet_after(monkeypatch, 2, (sharing, "_look"))
    _, errors = race(2, lambda _: morning.share())
    assert errors == []
    assert ShareOut.objects.count() == 2
    assert counters(morning.good) == (24, 24), "12 were asked for"


# --- while somebody packs ---------------------------------------------------------------------


def share_while_they_pack(race, monkeypatch, module, step: str, first, second):
    """`first` stops at its step until `second` waits for it."""
    halfway = Halfway(monkeypatch, module, step, after=True)

    def then():
        assert halfway.reached.wait(PATIENCE)
        return second()

    def look_on():
        assert halfway.reached.wait(PATIENCE)
        wait_until_somebody_waits("transactionid")
        halfway.go.set()

    steps = [first, then, look_on]
    return race(3, lambda number: steps[number]())


def test_who_packs_waits_for_the_sharing_and_packs_what_it_says(
    transactional_db, race, monkeypatch
):
    morning = Morning(selling=Item.Selling.STOCK)
    batch = morning.batch()
    results, errors = share_while_they_pack(
        race,
        monkeypatch,
        sharing,
        "_look",
        lambda: morning.share(6),
        lambda: batches.pack(batch, morning.packer),
    )
    assert errors == []
    assert 1 in results
    assert morning.quantities() == [2, 2, 2]
    assert counters(morning.good) == ledger(morning.good) == (14, 0)


def test_who_shares_waits_for_the_packing_and_takes_nothing_out_of_parcels(
    transactional_db, race, monkeypatch
):
    morning = Morning(selling=Item.Selling.STOCK)
    batch = morning.batch()
    results, errors = share_while_they_pack(
        race,
        monkeypatch,
        batches,
        "_move",
        lambda: batches.pack(batch, morning.packer),
        lambda: morning.share(6),
    )
    assert errors == []
    assert 0 in results, "nothing is left to share"
    assert morning.quantities() == [4, 4, 4]
    assert not ShareOut.objects.exists()
    assert counters(morning.good) == ledger(morning.good) == (8, 0)


def test_one_line_is_ticked_while_the_good_is_shared(transactional_db, race, monkeypatch):
    morning = Morning(selling=Item.Selling.STOCK)
    morning.batch()
    line = ParcelLine.objects.order_by("pk").first()
    _, errors = share_while_they_pack(
        race,
        monkeypatch,
        packing,
        "_held",
        lambda: packing.tick(line, by=morning.packer),
        lambda: morning.share(4),
    )
    assert errors == []
    assert morning.quantities() == [4, 2, 2]
    assert counters(morning.good) == ledger(morning.good) == (16, 4)


def test_without_the_lock_the_condition_stops_who_shares(transactional_db, race, monkeypatch):
    """The control: somebody packs between the look and the writing, and is not robbed."""
    morning = Morning(selling=Item.Selling.STOCK)
    batch = morning.batch()
    monkeypatch.setattr(locks, "contents", lambda parcel_ids: None)
    halfway = Halfway(monkeypatch, sharing, "_look", after=True)

    def pack():
        assert halfway.reached.wait(PATIENCE)
        batches.pack(batch, morning.packer)
        halfway.go.set()

    steps = [lambda: morning.share(6), pack]
    _, errors = race(2, lambda number: steps[number]())
    assert kinds(errors) == {NotAsSeen}
    assert morning.quantities() == [4, 4, 4]
    assert counters(morning.good) == ledger(morning.good) == (8, 0)


def test_without_lock_and_condition_a_parcel_holds_less_than_left_the_shelf(
    transactional_db, race, monkeypatch
):
    """The control of the condition: the books say that 12 left, the parcels that 6 did."""
    morning = Morning(selling=Item.Selling.STOCK)
    batch = morning.batch()
    # Another round holds some: without it the stock itself would refuse.
    place(
        factories.round(morning.station, "明天"),
        factories.household(batch.grid),
        (morning.good, 8),
    )
    monkeypatch.setattr(locks, "contents", lambda parcel_ids: None)
    monkeypatch.setattr(sharing, "_claim", lambda round, shared: None)
    halfway = Halfway(monkeypatch, sharing, "_look", after=True)

    def pack():
        assert halfway.reached.wait(PATIENCE)
        batches.pack(batch, morning.packer)
        halfway.go.set()

    steps = [lambda: morning.share(6), pack]
    _, errors = race(2, lambda number: steps[number]())
    assert errors == []
    assert morning.quantities() == [2, 2, 2]
    assert counters(morning.good) == (8, 2), "8 are held for tomorrow"


# --- while a cheaper delivery sets the price ------------------------------------------------------


def share_while_it_arrives(race, monkeypatch, waits: bool):
    """Who shares has read the prices (2.00); 40 come for 40.00 before it is all written."""
    morning = Morning(selling=Item.Selling.PREORDER)
    half = Halfway(monkeypatch, settling, "_lines")

    def run(number: int) -> None:
        if number:
            assert half.reached.wait(PATIENCE)
            factories.received(morning.station, morning.good, 40, "40.00")
            half.go.set()
        else:
            morning.share()

    def let_go() -> None:
        wait_until_somebody_waits("transactionid")
        connections.close_all()
        half.go.set()

    helper = threading.Thread(target=let_go, daemon=True)
    if waits:
        helper.start()
    _results, errors = race(2, run)
    assert errors == []
    return {
        f"{result.number} {figure.key}": figure.value
        for result in audit.run()
        for figure in result.figures
        if figure.wrong and figure.value
    }


def test_a_delivery_waits_until_the_sharing_has_its_prices(transactional_db, race, monkeypatch):
    assert share_while_it_arrives(race, monkeypatch, waits=True) == {}


def test_without_the_early_lock_households_pay_a_price_that_is_gone(
    transactional_db, race, monkeypatch
):
    """The control: goods that cost less by then are charged at the price of before."""
    monkeypatch.setattr(stock, "lock", lambda record_ids: None)
    assert "2.3 above_cost" in share_while_it_arrives(race, monkeypatch, waits=False)
