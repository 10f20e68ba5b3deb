"""Which door of the register a line is for: by its phone, then by its address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from delivery import addresses
from delivery.models import Household
from inventory.sheets import cells
from shop.group_buys.exports import OrderLine


@dataclass(frozen=True)
class Found:
    """The door; or why there is none. `instead`: what the address says otherwise than the phone,
    `doubt` in a sentence."""

    door: Household | None = None
    why_not: str = ""
    doubt: str = ""
    instead: Household | None = None


class Register:
    """`doors` come with their grids and people; to a leader only their own."""

    def __init__(self, doors: Iterable[Household]) -> None:
        self.doors = list(doors)
        self._places = addresses.Doors(self.doors)
        self._found: dict[str, list[Household]] = {}
        self._by_phone: dict[str, list[Household]] = {}
        for door in self.doors:
            for phone in {person.phone for person in door.people.all() if person.phone}:
                self._by_phone.setdefault(phone, []).append(door)

    def find(self, line: OrderLine, *, by_address: bool = False) -> Found:
        """A phone that stands behind one door says which; but what the address says otherwise is
        named, because the phone may be a daughter's. `by_address`: somebody looked, and it is."""
        of_phone = self._by_phone.get(line.phone, []) if line.phone else []
        of_address = self._at(line.address)
        both = [door for door in of_phone if door in of_address]
        if len(both) == 1:
            return Found(both[0])
        if len(of_phone) == 1:
            return self._by_phone_alone(of_phone[0], of_address, line.address, by_address)
        if len(of_address) == 1:
            return Found(of_address[0])
        return Found(why_not=_why_not(line, of_phone, of_address))

    def _at(self, address: str) -> list[Household]:
        # The same few hundred addresses on a thousand lines.
        if address not in self._found:
            self._found[address] = self._places.find(address) if address else []
        return self._found[address]

    def _by_phone_alone(
        self, door: Household, others: list[Household], address: str, by_address: bool
    ) -> Found:
        if not address:
            return Found(door)
        said = {"address": cells.show(address), "door": door.address}
        if len(others) == 1:
            if by_address:
                return Found(others[0])
            words = _("电话是%(door)s的，地址写的是%(other)s；先按电话")
            return Found(
                door, doubt=words % (said | {"other": others[0].address}), instead=others[0]
            )
        if addresses.read(address) is None:
            return Found(door, doubt=_("地址“%(address)s”看不懂，按电话是%(door)s") % said)
        return Found(door, doubt=_("名册里没有“%(address)s”，按电话是%(door)s") % said)


def _why_not(line: OrderLine, of_phone: Sequence, of_address: Sequence) -> str:
    said = {"address": cells.show(line.address)}
    if len(of_address) > 1:
        return _("“%(address)s”可能是好几户，请写全楼、单元、室号") % said
    if len(of_phone) > 1:
        return _("这个电话登记在好几户，请写清地址")
    if not line.address:
        return _("名册里没有这个电话，也没有写地址")
    if addresses.read(line.address) is None:
        return _("名册里没有这个电话，“%(address)s”也不是一个门牌") % said
    return _("名册里没有这个电话，也没有“%(address)s”这户") % said
