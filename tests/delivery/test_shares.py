"""The rules by which a short delivery is shared, and their tie-breaks."""

import random

import pytest

from delivery.share_outs.shares import Claim, share
from inventory.models import ShareRule

RULES = ShareRule.values


def claims(*asked: int, **of_all) -> list[Claim]:
    """Keys 1, 2, 3 … in the order they were placed."""
    return [Claim(number, units, placed=number, **of_all) for number, units in enumerate(asked, 1)]


def got(shared: dict) -> list[int]:
    return [units for _key, units in sorted(shared.items())]


@pytest.mark.parametrize("rule", RULES)
def test_when_there_is_enough_everybody_gets_what_they_asked_for(rule):
    assert got(share(claims(1, 2, 3), 6, rule)) == [1, 2, 3]
    assert got(share(claims(1, 2, 3), 99, rule)) == [1, 2, 3]


@pytest.mark.parametrize("rule", RULES)
def test_when_nothing_came_nobody_gets_anything(rule):
    assert got(share(claims(1, 2, 3), 0, rule)) == [0, 0, 0]
    assert share([], 5, rule) == {}


def test_first_come_gets_all_of_it():
    assert got(share(claims(3, 3, 3), 7, ShareRule.FIRST_COME)) == [3, 3, 1]


def test_first_come_goes_by_the_time_of_the_order_and_then_by_the_key():
    late, early, same = Claim(1, 2, placed=9), Claim(2, 2, placed=1), Claim(3, 2, placed=9)
    shared = share([same, late, early], 3, ShareRule.FIRST_COME)
    assert shared == {2: 2, 1: 1, 3: 0}


def test_equal_gives_everybody_one_before_anybody_two():
    assert got(share(claims(5, 1, 5, 5), 9, ShareRule.EQUAL)) == [3, 1, 3, 2]


def test_what_is_left_of_an_equal_round_goes_to_who_ordered_earlier():
    assert got(share(claims(2, 2, 2), 2, ShareRule.EQUAL)) == [1, 1, 0]
    assert got(share(list(reversed(claims(2, 2, 2))), 2, ShareRule.EQUAL)) == [1, 1, 0]


def people(*households: tuple[int, int]) -> list[Claim]:
    """(people, asked) of each."""
    return [
        Claim(number, asked, people=count, placed=number)
        for number, (count, asked) in enumerate(households, 1)
    ]


def test_by_people_is_the_number_of_people_times_one_number_rounded():
    # 10 for 1 + 3 + 6 people: one each.
    assert got(share(people((1, 9), (3, 9), (6, 9)), 10, ShareRule.PEOPLE)) == [1, 3, 6]
    # 5: half of each is 0.5, 1.5, 3, of which 0.5 and 1.5 are ties; the earlier order rounds up.
    assert got(share(people((1, 9), (3, 9), (6, 9)), 5, ShareRule.PEOPLE)) == [1, 1, 3]
    assert got(share(people((6, 9), (3, 9), (1, 9)), 5, ShareRule.PEOPLE)) == [3, 2, 0]


def test_by_people_nobody_gets_more_than_asked_and_the_others_get_it():
    assert got(share(people((6, 1), (2, 9), (1, 9)), 7, ShareRule.PEOPLE)) == [1, 4, 2]


def test_by_people_a_door_without_people_in_the_register_counts_as_one():
    assert got(share(people((0, 2), (1, 2)), 2, ShareRule.PEOPLE)) == [1, 1]


def test_care_needs_come_first_and_equally_among_themselves():
    asked = [
        Claim(1, 3, placed=1),
        Claim(2, 3, placed=2, needs=True),
        Claim(3, 2, placed=3, needs=True),
        Claim(4, 3, placed=4),
    ]
    assert got(share(asked, 4, ShareRule.NEEDS)) == [0, 2, 2, 0]
    assert got(share(asked, 8, ShareRule.NEEDS)) == [2, 3, 2, 1]


# --- all or nothing ------------------------------------------------------------------------------


def whole(*numbers: int, among: list[Claim]) -> list[Claim]:
    return [
        Claim(c.key, c.asked, c.people, c.needs, c.key in numbers, c.placed, c.after) for c in among
    ]


def test_who_wants_all_or_nothing_gets_nothing_and_it_goes_on_to_the_next():
    asked = whole(2, among=claims(3, 3, 3))
    assert got(share(asked, 5, ShareRule.FIRST_COME)) == [3, 0, 2]


def test_first_come_passes_over_who_cannot_be_met_and_serves_who_can():
    asked = whole(1, 2, among=claims(10, 2, 1))
    assert got(share(asked, 3, ShareRule.FIRST_COME)) == [0, 2, 1]
    # The later order would fit only if the earlier one were passed over, which it is.
    asked = whole(2, 3, among=claims(3, 3, 2, 5))
    assert got(share(asked, 5, ShareRule.FIRST_COME)) == [3, 0, 2, 0]


def test_by_the_other_rules_who_asked_for_most_gives_up_first():
    # Equal would be 2, 2, 1: the ten can never be met, and once it is given up the two can.
    asked = whole(1, 3, among=claims(10, 5, 2))
    assert got(share(asked, 5, ShareRule.EQUAL)) == [0, 3, 2]


def test_of_equals_who_ordered_last_gives_up_first():
    asked = whole(1, 2, 3, among=claims(2, 2, 2))
    assert got(share(asked, 4, ShareRule.EQUAL)) == [2, 2, 0]
    assert got(share(asked, 3, ShareRule.EQUAL)) == [2, 0, 0]  # one is left: nobody wants just one
    assert got(share(asked, 1, ShareRule.EQUAL)) == [0, 0, 0]


def test_one_who_gives_up_may_be_enough_for_the_others():
    asked = whole(1, 2, 3, among=claims(4, 4, 1))
    assert got(share(asked, 5, ShareRule.EQUAL)) == [4, 0, 1]
    asked = whole(1, 2, among=claims(4, 3))
    assert got(share(asked, 6, ShareRule.EQUAL)) == [0, 3]


def test_with_care_needs_those_who_have_them_decide_first():
    asked = [
        Claim(1, 4, needs=True, all_or_nothing=True, placed=1),
        Claim(2, 2, needs=True, placed=2),
        Claim(3, 3, all_or_nothing=True, placed=3),
    ]
    assert got(share(asked, 5, ShareRule.NEEDS)) == [0, 2, 3]


# --- one door, two orders ------------------------------------------------------------------------


def test_a_door_that_ordered_twice_has_one_place_in_an_equal_sharing():
    asked = [
        Claim("a", 2, placed=1),
        Claim("b1", 1, placed=2),
        Claim("b2", 2, placed=3, after=1),
        Claim("c", 2, placed=4),
    ]
    assert share(asked, 4, ShareRule.EQUAL) == {"a": 2, "b1": 1, "b2": 0, "c": 1}


# --- what always holds ---------------------------------------------------------------------------


def cases(number: int):
    chance = random.Random(number)
    asked = [
        Claim(
            key,
            chance.randint(1, 6),
            people=chance.randint(1, 6),
            needs=chance.random() < 0.3,
            all_or_nothing=chance.random() < 0.4,
            placed=chance.randint(1, 5),
        )
        for key in range(chance.randint(1, 12))
    ]
    return asked, chance.randint(0, sum(claim.asked for claim in asked) + 2)


@pytest.mark.parametrize("rule", RULES)
def test_units_are_whole_nobody_gets_more_and_nothing_is_left_that_somebody_would_take(rule):
    for number in range(400):
        asked, available = cases(number)
        shared = share(asked, available, rule)
        left = min(available, sum(claim.asked for claim in asked)) - sum(shared.values())
        assert left >= 0
        for claim in asked:
            units = shared[claim.key]
            assert 0 <= units <= claim.asked
            if claim.all_or_nothing:
                assert units in (0, claim.asked)
                assert units or claim.asked > left, "it would have fitted"
            else:
                assert units == claim.asked or not left, "somebody would have taken it"


@pytest.mark.parametrize("rule", RULES)
def test_the_order_in_which_claims_are_named_makes_no_difference(rule):
    for number in range(100):
        asked, available = cases(number)
        mixed = random.Random(number).sample(asked, len(asked))
        assert share(mixed, available, rule) == share(asked, available, rule)


@pytest.mark.parametrize("rule", RULES)
def test_one_unit_more_takes_nothing_from_anybody(rule):
    for number in range(100):
        asked, available = cases(number)
        asked = [Claim(c.key, c.asked, c.people, c.needs, False, c.placed) for c in asked]
        fewer, more = share(asked, available, rule), share(asked, available + 1, rule)
        assert all(fewer[key] <= more[key] for key in fewer)


def test_by_people_nobody_is_a_whole_unit_away_from_their_part():
    """Webster: of two households, no unit moved from one to the other makes them more alike."""
    for number in range(200):
        asked, available = cases(number)
        asked = [Claim(c.key, c.asked, c.people, False, False, c.placed) for c in asked]
        shared = share(asked, available, ShareRule.PEOPLE)
        for one in asked:
            for other in asked:
                mine, theirs = shared[one.key], shared[other.key]
                if mine and theirs < other.asked:
                    assert (2 * mine - 1) * other.people <= (2 * theirs + 1) * one.people
