"""Who can carry what: the list to choose from and the reason given say the same."""

import pytest

from delivery import volunteers
from delivery.errors import CannotCarry
from delivery.models import Batch
from tests import factories


@pytest.fixture
def batch(station, grid):
    round = factories.round(station, status="closed")
    return Batch.objects.create(
        round=round, grid=grid, risk_level="normal", number=1, weight_g=12_500, stop_count=8
    )


def test_able_volunteers_pass_the_check(batch, station, grid):
    able = [
        factories.volunteer(station),
        factories.volunteer(station, grids=[factories.grid(station), grid]),
        factories.volunteer(station, capacity_g=12_500, max_stops=8),
    ]
    for volunteer in able:
        volunteers.check(volunteer, batch)
    assert set(volunteers.able(batch)) == set(able)


def test_each_reason_not_to_carry_has_its_sentence(batch, station, other_station):
    elsewhere = factories.grid(station, "二网格")
    no_login = factories.volunteer(station)
    no_login.user.is_active = False
    no_login.user.save()
    unable = {
        factories.volunteer(other_station): "这位志愿者不是本驿站的。",
        factories.volunteer(station, active=False): "这位志愿者现在不在岗。",
        no_login: "这位志愿者现在不在岗。",
        factories.volunteer(station, grids=[elsewhere]): "这位志愿者不负责一网格。",
        factories.volunteer(station, capacity_g=12_499): (
            "这批重 12.5 公斤，这位志愿者一趟最多带 12.499 公斤。"
        ),
        factories.volunteer(station, max_stops=7): "这批有 8 户，这位志愿者一趟最多送 7 户。",
    }
    for volunteer, sentence in unable.items():
        with pytest.raises(CannotCarry) as refusal:
            volunteers.check(volunteer, batch)
        assert str(refusal.value) == sentence
    assert not volunteers.able(batch).exists()
