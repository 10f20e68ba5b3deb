"""退回上架: from the list of what came back to the shelf, by the station alone."""

import pytest
from django.urls import reverse

from delivery import batches
from delivery.models import Parcel
from tests import factories
from tests.delivery.doors import fail, send_out


@pytest.fixture
def item(station):
    return factories.item(station, "白菜", price="2.00", in_stock=10)


@pytest.fixture
def batch_out(round, home, item, staff, courier):
    factories.parcel(round, home, lines=[(item, 3)], due="6.00")
    [batch] = batches.plan(round, staff).batches
    send_out(batch, courier, staff)
    return batch


@pytest.fixture
def parcel(stop, courier):
    """Back at the station: nobody wanted it."""
    fail(stop, courier, "refused", note="说订错了")
    return stop.parcels.get()


def there(parcel) -> str:
    return reverse("station-parcel-return", args=[parcel.pk])


def state(parcel, item) -> tuple[str, int]:
    item.record.refresh_from_db()
    return Parcel.objects.get(pk=parcel.pk).status, item.record.num_in_stock


def test_the_round_lists_what_came_back_and_why(client, round, parcel, home, staff):
    client.force_login(staff)
    page = client.get(reverse("station-dispatch"), {"round": round.pk})
    assert "没送成、在驿站的" in page.text
    assert there(parcel) in page.text
    assert "不要了" in page.text
    assert "说订错了" in page.text


def test_taken_back_with_what_spoiled(client, round, parcel, item, staff):
    client.force_login(staff)
    assert "白菜" in client.get(there(parcel)).text
    line = parcel.lines.get()
    page = client.post(there(parcel), {f"spoiled-{line.pk}": "1"}, follow=True)
    assert "退回上架了，这一户不用付钱。" in page.text
    assert "没送成、在驿站的" not in page.text
    assert state(parcel, item) == ("returned", 9)


def test_a_second_tap_is_nothing(client, parcel, item, staff):
    client.force_login(staff)
    for _again in range(2):
        assert client.post(there(parcel)).status_code == 302
    assert state(parcel, item) == ("returned", 10)
    assert "这个包裹已经退回上架了" in client.get(there(parcel)).text


@pytest.mark.parametrize("typed", ["-1", "4", "x", "1.5", "9" * 30])
def test_bad_input_is_one_sentence(client, parcel, item, staff, typed):
    client.force_login(staff)
    page = client.post(there(parcel), {f"spoiled-{parcel.lines.get().pk}": typed})
    assert page.status_code == 400
    assert "请填 0 到 3 的整数。" in page.text
    assert state(parcel, item) == ("failed", 7)


def test_what_is_planned_again_is_said_so(client, round, stop, item, courier, staff):
    fail(stop, courier, "nobody")
    parcel = stop.parcels.get()
    batches.plan(round, staff)
    client.force_login(staff)
    assert "这个包裹不能退回上架" in client.get(there(parcel)).text
    page = client.post(there(parcel), follow=True)
    assert "又排进了一批，不能退回上架。" in page.text
    assert state(parcel, item) == ("failed", 7)


@pytest.mark.parametrize("who", ["resident", "leader", "courier", "stranger"])
def test_nobody_else(client, request, parcel, item, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(there(parcel)).status_code in {403, 404}
    assert client.post(there(parcel)).status_code in {403, 404}
    assert state(parcel, item) == ("failed", 7)
