"""分货规则: who gets how much of a good when less came than was ordered. Pure.

Every unit that somebody asked for is a ticket; the rule puts the tickets into an order, and the
first so many as there are units win. That is all there is to it, so that

* shares are whole units, nobody gets more than they asked for, and all that came is given out;
* one unit more never takes anything from anybody, and neither does a claim that is given up;
* the same claims are always shared the same way.

The order of the tickets, by rule:

* first come: by the time of the order, all of one order's units together;
* equal: everybody's first unit, then everybody's second, and so on;
* by people: the n-th unit of a household of p people comes at (n − ½) / p. So every household gets
  its people times one common number, rounded to whole units (half up, the method of
  Webster and Sainte-Laguë), and the number is as large as the goods allow;
* care needs first: as "equal", among the households with care needs, and then among the others.

Ties go to who ordered earlier, then to the lower key. A household that ordered twice has one
place in the sharing, not two (`Claim.after`).

A claim that wants all or nothing ("就不要了") and cannot have all is given up, and its units go on
to the others. Which: by the rule "first come" the earliest that cannot be met, so that who ordered
later may still fit in; by the other rules whoever asked for most, of equals who ordered last, and
so on until all that are left have what they asked for. Only then may something be left, and less
of it than anybody wanted who was given up: the last of them had too little, and the others wanted
no less.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import lcm
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from inventory.models import ShareRule

#: What the station's pages say of each rule.
EXPLAINED: Mapping[str, Any] = {
    ShareRule.FIRST_COME: _("按下单的时间，先下单的先给够，后面的有多少给多少。"),
    ShareRule.EQUAL: _(
        "每户先各一份，再各第二份，一轮一轮分完为止；要得少的给够了，剩下的给别家。"
    ),
    ShareRule.PEOPLE: _(
        "每户得“人数乘同一个数”，四舍五入成整份，这个数取到正好分完；谁也不多于自己订的。"
    ),
    ShareRule.NEEDS: _(
        "有特殊情况的住户先给够（不够时他们之间一户一份轮着来），剩下的别家一样多。"
    ),
}
TIE_EXPLAINED = _("最后几份不够一户一份时，先下单的先得；同一时间的，先登记的先得。")
WHOLE_EXPLAINED = _(
    "选了“就不要了”的，给不够整数就不给，让给别家：要得最多的先让，一样多的后下单的先让。"
    "（“先下单先得”时按下单时间，轮到谁不够谁让。）"
)


class Claim(NamedTuple):
    """What one order line asks for: `asked` units > 0, for a household of so many `people`.

    `placed`: anything that sorts, when it was ordered. `all_or_nothing`: less is not wanted.
    `after`: units that other claims of the same household ask for before this one.
    """

    key: Hashable
    asked: int
    people: int = 1
    needs: bool = False
    all_or_nothing: bool = False
    placed: Any = 0
    after: int = 0


def share(claims: Sequence[Claim], available: int, rule: str) -> dict[Any, int]:
    """Units by claim key. They add up to what is available or asked for, whichever is less, save
    for what is left when all-or-nothing claims do not fit into it."""
    if sum(claim.asked for claim in claims) <= available:
        return {claim.key: claim.asked for claim in claims}
    in_time = sorted(claims, key=lambda claim: (claim.placed, claim.key))
    deal = _Deal(in_time, _tickets(in_time, rule), max(0, available))
    wholes = [number for number, claim in enumerate(in_time) if claim.all_or_nothing]
    if rule != ShareRule.FIRST_COME:
        wholes.sort(key=lambda number: _gives_up(in_time[number], number, rule))
    for number in wholes:
        deal.give_up_if_short(number)
    return {claim.key: deal.got[number] for number, claim in enumerate(in_time)}


def _gives_up(claim: Claim, number: int, rule: str) -> tuple:
    """Sorts who gives up first. What those with needs give up may go to the others, never back,
    so they are asked before the others are."""
    asked_later = rule == ShareRule.NEEDS and not claim.needs
    return (asked_later, -claim.asked, -number)


def _tickets(in_time: Sequence[Claim], rule: str) -> list[int]:
    """The claims' numbers, one for every unit asked for, in the order in which they win."""
    when = _WHEN[ShareRule(rule)](in_time)
    tickets = [
        (when(claim, claim.after + unit), number)
        for number, claim in enumerate(in_time)
        for unit in range(claim.asked)
    ]
    return [number for _when, number in sorted(tickets)]


def _by_people(in_time: Sequence[Claim]) -> Callable[[Claim, int], int]:
    # Whole numbers instead of fractions: exact, and quick to compare.
    common = lcm(*{max(1, claim.people) for claim in in_time})
    return lambda claim, unit: (2 * unit + 1) * (common // max(1, claim.people))


_WHEN: Mapping[ShareRule, Callable[[Sequence[Claim]], Callable[[Claim, int], Any]]] = {
    ShareRule.FIRST_COME: lambda in_time: lambda claim, unit: 0,
    ShareRule.EQUAL: lambda in_time: lambda claim, unit: unit,
    ShareRule.PEOPLE: _by_people,
    ShareRule.NEEDS: lambda in_time: lambda claim, unit: (not claim.needs, unit),
}


class _Deal:
    """Who has how much while claims are given up; each ticket is looked at once."""

    def __init__(self, in_time: Sequence[Claim], tickets: list[int], available: int) -> None:
        self.in_time = in_time
        self.left = available
        self.got = [0] * len(in_time)
        self.out = [False] * len(in_time)
        self.tickets = iter(tickets)
        self._deal_on()

    def _deal_on(self) -> None:
        while self.left:
            number = next(self.tickets, None)
            if number is None:
                return
            if not self.out[number]:
                self.got[number] += 1
                self.left -= 1

    def give_up_if_short(self, number: int) -> None:
        if self.got[number] < self.in_time[number].asked:
            self.left += self.got[number]
            self.got[number] = 0
            self.out[number] = True
            self._deal_on()
