"""What happens in the station when delivery announces something: all of it is here.

The signals are sent inside the transaction of the rule that announces; what is written here
stands or falls with it.
"""

from django.dispatch import receiver
from oscar.core.loading import get_model

from delivery.models import Handoff
from delivery.signals import (
    batch_done,
    batch_packed,
    batch_started,
    handed_off,
    line_unticked,
    lines_changed,
    logins_ended,
    moving_out,
    parcel_returned,
    parcels_reopened,
    round_closed,
    shared_out,
)
from shop import favourites, ordering, parcelling, standing
from shop.claims import reads
from shop.errors import ClaimsLeft
from shop.messaging import inbox, news
from shop.models import DoorPreferences, OrderStatus, Placement
from shop.money import leaving
from shop.money.cash import collected
from shop.money.funds import funds
from shop.settlement import returning, settling, undoing
from shop.ways_in import cards, sessions

Order = get_model("order", "Order")


@receiver(round_closed)
def make_parcels(sender, round, **kwargs) -> None:
    """Every order of a closed round becomes a parcel (DESIGN §2.5)."""
    placements = (
        Placement.objects.filter(round=round)
        .exclude(order__status__in=(OrderStatus.CANCELLED, OrderStatus.AWAITING))
        .order_by("pk")
    )
    parcelling.make(round, placements)


@receiver(batch_packed)
def orders_are_packed(sender, parcel_ids, **kwargs) -> None:
    ordering.move_on(_orders_of(parcel_ids), OrderStatus.PACKED)


@receiver(parcels_reopened)
def orders_are_open_again(sender, parcel_ids, **kwargs) -> None:
    ordering.move_on(_orders_of(parcel_ids), OrderStatus.PLACED)


@receiver(lines_changed)
def money_follows_the_goods(sender, changes, by, at, **kwargs) -> None:
    settling.settle(changes, by=by, at=at)


@receiver(shared_out)
def grids_hear_what_ran_short(sender, round, share_outs, **kwargs) -> None:
    news.shared_out(round, share_outs)


@receiver(line_unticked)
def money_follows_the_goods_back(sender, order_id, item_id, since, by, at, **kwargs) -> None:
    undoing.undo(order_id, item_id, since, by=by, at=at)


@receiver(parcel_returned)
def money_and_goods_come_back(sender, parcel, lines, by, at, **kwargs) -> None:
    returning.returned(parcel, lines, by=by, at=at)
    ordering.move_on([parcel.order_id], OrderStatus.RETURNED)


@receiver(batch_started)
def orders_are_on_the_way(sender, parcel_ids, **kwargs) -> None:
    ordering.move_on(_orders_of(parcel_ids), OrderStatus.ON_WAY)


@receiver(batch_started)
def doors_and_their_grid_hear_that_it_comes(sender, batch, parcel_ids, **kwargs) -> None:
    news.on_the_way(batch, parcel_ids)


@receiver(handed_off)
def orders_are_delivered_or_not(sender, handoff, parcel_ids, **kwargs) -> None:
    failed = handoff.outcome == Handoff.Outcome.FAILED
    ordering.move_on(
        _orders_of(parcel_ids), OrderStatus.NOT_DELIVERED if failed else OrderStatus.DELIVERED
    )


@receiver(handed_off)
def the_door_hears_of_it(sender, stop, handoff, parcel_ids, **kwargs) -> None:
    news.handed_off(stop, handoff, parcel_ids)


@receiver(batch_done)
def the_grid_hears_that_it_is_done(sender, batch, **kwargs) -> None:
    news.batch_done(batch)


@receiver(handed_off)
def what_was_collected_is_booked(sender, stop, handoff, **kwargs) -> None:
    collected.book(stop, handoff)


@receiver(moving_out)
def nobody_leaves_without_an_answer(sender, household, **kwargs) -> None:
    """Before the money: an answer may change it."""
    if count := reads.unanswered(household).count():
        raise ClaimsLeft(count)


@receiver(moving_out)
def nobody_leaves_money_behind(sender, household, **kwargs) -> None:
    leaving.refuse_money_left(household)


@receiver(moving_out)
def nobody_pays_for_the_next_family(sender, household, **kwargs) -> None:
    funds.end_grants_of(household)
    leaving.end_terms(household)


@receiver(moving_out)
def nothing_more_is_ordered_for_it(sender, household, **kwargs) -> None:
    standing.end_of(household)


@receiver(moving_out)
def what_it_was_told_goes_with_the_family(sender, household, **kwargs) -> None:
    inbox.clear(household)
    DoorPreferences.objects.filter(household=household).delete()


@receiver(moving_out)
def who_moves_in_likes_other_things(sender, household, **kwargs) -> None:
    favourites.forget(household)


@receiver(logins_ended)
def cards_and_sessions_end_too(sender, household_ids, user_ids, **kwargs) -> None:
    """Who moved out may still have a card of the door that others live behind now, and a phone
    that is logged in."""
    cards.end_of_doors(household_ids)
    sessions.end_all(user_ids)


def _orders_of(parcel_ids) -> list[int]:
    return list(Order.objects.filter(parcel__in=parcel_ids).values_list("pk", flat=True))
