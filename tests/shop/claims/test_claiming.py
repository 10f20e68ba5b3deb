"""Something of what came was wrong: who may say so, of how much, for how long, and once."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from PIL import Image

from inventory.errors import PhotoRefused
from shop.claims import answering, claiming
from shop.errors import ClaimRefused, NonceTaken
from shop.models import Claim
from tests import factories
from tests.shop.doors import hand_out, send_out
from tests.shop.orders import place


@pytest.fixture
def line(round, home, cabbage, courier, manager):
    """Three cabbages for 6.90 that were left at the door."""
    order = place(round, home, (cabbage, 3))
    hand_out(send_out(round, courier, manager), courier)
    return order.lines.get()


@pytest.fixture
def claim(line, resident):
    """`claim(units=2)` makes one."""

    def make(**said):
        said = {"kind": "damaged", "units": 1, "by": resident, "nonce": uuid4(), **said}
        return claiming.make(said.pop("line", line), **said)

    return make


def picture() -> bytes:
    exif = Image.Exif()
    exif[0x0110] = "SECRETPHONE"
    return factories.picture(exif=exif)


def test_it_is_kept_as_it_was_said(claim, line, resident):
    made = claim(units=2, note=" 烂了\x00一半 ")
    made.refresh_from_db()
    assert (made.line, made.kind, made.units, made.note) == (line, "damaged", 2, "烂了一半")
    assert (made.status, made.by, made.amount, made.photo.name) == ("open", resident, 0, "")


def test_the_same_tap_again_is_the_same_claim(claim):
    nonce = uuid4()
    assert claim(nonce=nonce) == claim(nonce=nonce)
    assert Claim.objects.count() == 1


@pytest.mark.parametrize("other", [{"units": 2}, {"kind": "missing"}, {"note": "另一句"}])
def test_the_same_nonce_with_other_words_is_refused(claim, other):
    nonce = uuid4()
    claim(nonce=nonce)
    with pytest.raises(NonceTaken):
        claim(nonce=nonce, **other)
    assert Claim.objects.count() == 1


def test_somebody_elses_nonce_is_refused(claim, neighbour):
    nonce = uuid4()
    claim(nonce=nonce)
    with pytest.raises(NonceTaken):
        claim(nonce=nonce, by=neighbour)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"units": 0}, "请填几份不对，至少 1 份。"),
        ({"units": -1}, "请填几份不对，至少 1 份。"),
        ({"units": 4}, "白菜还能报 3 份，不能报更多。"),
        ({"kind": "ugly"}, "请选少了、坏了还是送错了。"),
        ({"note": "长" * 201}, "说明太长了，请短一些。"),
    ],
)
def test_what_cannot_be_is_one_sentence(claim, said, sentence):
    with pytest.raises(ClaimRefused) as refused:
        claim(**said)
    assert str(refused.value) == sentence
    assert not Claim.objects.exists()


def test_all_claims_together_are_of_no_more_than_came(claim, staff):
    first = claim(units=2)
    with pytest.raises(ClaimRefused, match="还能报 1 份"):
        claim(units=2)
    answering.decline(first, "照片上是好的", by=staff)
    assert claim(units=3).units == 3, "what was declined was none"


def test_before_it_came_nothing_is_wrong_with_it(claim, round, home, cabbage):
    order = place(factories.round(round.station), home, (cabbage, 1))
    with pytest.raises(ClaimRefused, match="送到了才能说哪样不对，这一单已下单。"):
        claim(line=order.lines.get())


@pytest.mark.parametrize(("days", "late"), [(6.9, False), (7.1, True)])
def test_for_a_week(claim, monkeypatch, days, late):
    now = timezone.now() + timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: now)
    if not late:
        claim()
        return
    with pytest.raises(ClaimRefused, match="送到已经超过 7 天了，请打驿站电话。"):
        claim()


def test_what_costs_nothing_any_more_cannot_be_given_back(claim, staff, line):
    answering.accept(claim(), line.line_price_incl_tax, by=staff)
    with pytest.raises(ClaimRefused, match="白菜这一单没有收钱，不用退。"):
        claim()


class TestPhoto:
    def test_it_is_made_small_and_rid_of_the_phone(self, claim, settings):
        made = claim(photo=io.BytesIO(picture()))
        kept = made.photo.read()
        assert b"SECRETPHONE" not in kept
        assert Image.open(io.BytesIO(kept)).format == "JPEG"
        assert made.photo.path.startswith(str(settings.VAR_DIR / "private" / "claims"))
        assert not made.photo.path.startswith(str(settings.MEDIA_ROOT))

    def test_a_second_tap_keeps_one(self, claim):
        nonce = uuid4()
        first = claim(nonce=nonce, photo=picture())
        again = claim(nonce=nonce, photo=picture())
        assert (again.photo.name, kept_files()) == (first.photo.name, {first.photo.name})

    def test_of_what_is_refused_nothing_is_kept(self, claim):
        before = kept_files()
        with pytest.raises(ClaimRefused):
            claim(units=9, photo=picture())
        assert kept_files() == before

    @pytest.mark.parametrize("data", [b"%PDF-1.7\n%%EOF", b"<svg/>", b"not a picture", b""])
    def test_only_a_picture_will_do(self, claim, data):
        with pytest.raises(PhotoRefused):
            claim(photo=io.BytesIO(data))
        assert not Claim.objects.exists()

    @pytest.fixture(autouse=True)
    def clean(self):
        for name in kept_files():
            claiming._storage().delete(name)


def kept_files() -> set[str]:
    storage = claiming._storage()
    if not storage.exists("claims"):
        return set()
    return {f"claims/{name}" for name in storage.listdir("claims")[1]}
