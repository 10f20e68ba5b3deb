"""Orders carried to their doors, for tests of what happens there and after."""

from delivery import batches, rounds
from delivery.models import Stop
from delivery.share_outs import sharing
from shop import audit
from tests.delivery.doors import record
from tests.delivery.doors import send_out as send


def send_out(round, courier, manager, *, share: bool = False) -> list[Stop]:
    """Closes the round, packs what was ordered and sets out with it; the stops."""
    rounds.close(round)
    if share:
        sharing.apply(round, by=manager)
    made = batches.plan(round, manager).batches
    for batch in made:
        send(batch, courier, manager)
    return list(Stop.objects.filter(batch__in=made).order_by("batch", "position"))


def hand_out(stops: list[Stop], courier, outcome: str = "left", **said) -> None:
    for stop in stops:
        record(stop, courier, outcome, **said)


def wrong() -> dict[str, dict]:
    """What `audit` finds wrong, by check; nothing is the answer one wants."""
    found = audit.as_json(audit.run())["checks"]
    return {
        number: {key: value for key, value in check["wrong"].items() if value}
        for number, check in found.items()
        if not check["ok"]
    }
