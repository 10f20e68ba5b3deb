"""门卡: a printed code that lets one phone in, once, without text messages and passwords.

Staff or a leader hands it over at the door. A number that nobody knows yet is written into the
door's register; one that stands behind another door, or has a login, does not come in with it.
"""

import logging
import secrets
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from delivery import locks
from delivery.models import Household, Person
from inventory.errors import StationError
from shop.models import DoorCard, User
from shop.order_rows import ALPHABET
from shop.ways_in import guessing, people, sessions

log = logging.getLogger(__name__)

LENGTH = 8
#: Doors printed at once: twenty sheets.
MOST = 200
#: So long a card waits for its phone; what lies in a drawer then opens nothing any more.
VALID = timedelta(days=30)
#: So long the page that bound a card may be sent again, because its answer got lost.
AGAIN = timedelta(minutes=10)


class CardRefused(people.Refused):
    """One sentence for all there is to refuse: nobody learns with a card whose number is known."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "卡上的码和手机号对不上，或者卡已经用过、作废、过期了。请找驿站或网格长；"
                "在驿站做事的，请用密码登录。"
            )
        )


class PrintedAlready(StationError):
    """The same page, sent twice."""

    def __init__(self) -> None:
        super().__init__(
            _("这一页的卡已经印过了，没有再印。要重印就从清单里再点一次，旧卡会作废。")
        )


def issue(household: Household, *, by: User) -> str:
    """A new card for a door; the one that still waited for its phone ends."""
    return issue_all([household], by=by)[household.pk]


def issue_all(
    households: Iterable[Household], *, by: User, nonce: UUID | None = None
) -> dict[int, str]:
    """New cards, as {household key: code}: the only moment at which the codes can be read.

    Cards of these doors that wait for a phone end; those that found theirs stay. The same nonce
    again raises `PrintedAlready`. Constant queries.
    """
    nonce = nonce or uuid4()
    codes = {household.pk: _new_code() for household in households}
    with transaction.atomic():
        _lock_doors(codes)
        if DoorCard.objects.filter(printed_in=nonce).exists():
            raise PrintedAlready
        _open().filter(household__in=codes).update(ended_at=timezone.now())
        DoorCard.objects.bulk_create(
            DoorCard(household_id=pk, code_hash=_hash(code), issued_by=by, printed_in=nonce)
            for pk, code in codes.items()
        )
    log.info("%d door cards printed by user %s", len(codes), by.pk)
    return codes


def revoke(card: DoorCard, *, by: User) -> None:
    """The card opens nothing any more, and the phone it let in is out: it may be lost, or the
    card got into wrong hands. A number the card wrote into the register goes with it, and so does
    a password: whoever was in could set one. Only who works here keeps theirs."""
    with transaction.atomic():
        if not DoorCard.objects.filter(pk=card.pk, ended_at=None).update(ended_at=timezone.now()):
            return
        card.refresh_from_db()
        if card.bound_to_id is not None:
            theirs = Person.objects.filter(household=card.household_id, user=card.bound_to_id)
            if card.added:
                theirs.delete()
            else:
                theirs.update(user=None)
            residents = User.objects.filter(pk=card.bound_to_id).exclude(people.working())
            residents.update(password=make_password(None))
            sessions.end_all([card.bound_to_id])
    log.info("door card %s revoked by user %s", card.pk, by.pk)


def end_of_doors(household_ids: Iterable[int]) -> None:
    """What was handed out and not used ends, and what belongs to who lives there no more."""
    here = Person.objects.filter(household=OuterRef("household"), user=OuterRef("bound_to"))
    cards = DoorCard.objects.filter(household__in=household_ids, ended_at=None)
    cards.filter(Q(bound_at=None) | ~Exists(here)).update(ended_at=timezone.now())


def door_of(code: str, address: str) -> Household:
    """The door of a card that waits for its phone. Raises `CardRefused`, `TooManyTries`."""
    with guessing.guarded(_of_card(code), guessing.of_address(address)):
        return _find(code).household


def bind(code: str, phone: str, address: str, nonce: UUID | None = None) -> User:
    """Whom the card lets in under `phone`; it is used up, save for the page with this nonce, which
    may be sent twice.

    Raises `CardRefused`, also for those who work here, and `TooManyTries`.
    """
    with guessing.guarded(*_limits(code, phone, address)):
        try:
            return _bind(code, phone, nonce)
        except CardRefused:
            if user := _bound_by(code, phone, nonce):
                return user
            raise


@transaction.atomic
def _bind(code: str, phone: str, nonce: UUID | None) -> User:
    card = _find(code)
    # Who moves out at this moment is out, or was not.
    locks.household(card.household_id)
    user = User.objects.filter(phone=phone).first()
    if user is not None and (people.works(user) or _lives_elsewhere(card, user)):
        raise CardRefused  # only who is logged in as them takes a login from door to door
    person = _person(card, phone, known=user is not None)
    user = user or people.account(phone, person.name)
    card.bound_in = nonce
    _use(card, person, user)
    return user


def _bound_by(code: str, phone: str, nonce: UUID | None) -> User | None:
    """Whom this very page let in a moment ago."""
    lately = timezone.now() - AGAIN
    mine = DoorCard.objects.filter(code_hash=_hash(code), ended_at=None, bound_at__gt=lately)
    mine = mine.filter(bound_to__phone=phone, bound_to__is_active=True)
    card = nonce and mine.filter(bound_in=nonce).select_related("bound_to").first()
    return card.bound_to if card else None


def add_door(user: User, code: str, address: str) -> None:
    """The card's door is that of who is logged in, or is already. Raises `CardRefused`."""
    with guessing.guarded(_of_card(code), guessing.of_address(address)):
        try:
            _add_door(user, code)
        except CardRefused:
            if not DoorCard.objects.filter(
                code_hash=_hash(code), ended_at=None, bound_to=user
            ).exists():
                raise


@transaction.atomic
def _add_door(user: User, code: str) -> None:
    card = _find(code)
    locks.household(card.household_id)
    _use(card, _person(card, user.phone, known=_lives_elsewhere(card, user)), user)


def _lives_elsewhere(card: DoorCard, user: User) -> bool:
    return Person.objects.filter(user=user).exclude(household=card.household_id).exists()


def _person(card: DoorCard, phone: str, *, known: bool) -> Person:
    """Whom the register names under `phone` behind the card's door; somebody new, if nobody
    knows the number."""
    here = Person.objects.filter(household=card.household_id, phone=phone).order_by("pk").first()
    if here is not None:
        return here
    if known or Person.objects.filter(phone=phone).exists():
        raise CardRefused
    card.added = True
    return Person.objects.create(household_id=card.household_id, phone=phone)


def _use(card: DoorCard, person: Person, user: User) -> None:
    if not _take(card, user) or not user.is_active or not people.live_behind(person, user):
        raise CardRefused


def _take(card: DoorCard, user: User) -> int:
    """Whoever marks the card bound has it; the second of two phones at once does not."""
    mine = _waiting().filter(pk=card.pk)
    found = {"bound_to": user, "bound_in": card.bound_in, "added": card.added}
    return mine.update(bound_at=timezone.now(), **found)


def _find(code: str) -> DoorCard:
    found = _waiting().filter(code_hash=_hash(code)).select_related("household").first()
    if found is None:
        raise CardRefused
    return found


def end_old() -> int:
    """Cards that waited too long for their phone end; how many."""
    old = _open().filter(issued_at__lte=timezone.now() - VALID)
    return old.update(ended_at=timezone.now())


def _open():
    return DoorCard.objects.filter(bound_at=None, ended_at=None)


def _waiting():
    """Those that still let somebody in, whether or not the clock has come by."""
    return _open().filter(issued_at__gt=timezone.now() - VALID)


def _limits(code: str, phone: str, address: str) -> list[guessing.Limit]:
    """A number is counted with cards that there are: who has none locks nobody out with theirs."""
    limits = [_of_card(code), guessing.of_address(address)]
    if DoorCard.objects.filter(code_hash=_hash(code)).exists():
        limits.append(guessing.Limit("phone of a card", phone, 8))
    return limits


def _of_card(code: str) -> guessing.Limit:
    """Who found a card does not try phone numbers with it for long."""
    return guessing.Limit("a card", _hash(code), 10)


def _lock_doors(household_ids: Iterable[int]) -> None:
    """Two who print cards of one door: the second ends the card of the first."""
    doors = Household.objects.filter(pk__in=household_ids).order_by("pk")
    list(doors.select_for_update(no_key=True).values_list("pk"))


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def _hash(code: str) -> str:
    """Typed codes may be lower case, spaced, and have O for 0 or I for 1."""
    typed = code.upper().replace(" ", "").replace("-", "")
    typed = typed.translate(str.maketrans("OIL", "011"))
    return salted_hmac("door card", typed, algorithm="sha256").hexdigest()
