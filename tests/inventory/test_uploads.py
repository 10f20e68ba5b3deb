"""A kept spreadsheet opens for whom it was kept, once, for a day."""

from uuid import UUID

import pytest
from django.utils import timezone

from inventory import uploads
from inventory.models import Upload
from inventory.uploads import UploadGone


@pytest.fixture
def whose(staff, station) -> dict:
    return {"purpose": "doors", "user": staff, "station": station}


@pytest.fixture
def a_day_ago():
    return timezone.now() - uploads.LIFETIME


def test_what_was_kept_is_found_by_any_process(whose, settings, tmp_path):
    token = str(uploads.keep(b"content", "名册.xlsx", **whose).token)
    settings.VAR_DIR = tmp_path  # another container has another one
    found = uploads.find(token, **whose)
    assert found.open().read() == b"content"
    assert found.name == "名册.xlsx"


def test_once_it_is_used_up_it_is_gone(whose):
    upload = uploads.keep(b"content", "a.csv", **whose)
    uploads.use_up(upload)
    with pytest.raises(UploadGone):
        uploads.use_up(upload)
    with pytest.raises(UploadGone):
        uploads.find(str(upload.token), **whose)
    assert not Upload.objects.exists()


def test_it_is_nobody_elses(whose, manager, other_station):
    token = str(uploads.keep(b"content", "a.csv", **whose).token)
    for other in (
        {"user": manager},
        {"station": other_station},
        {"purpose": "goods"},
    ):
        with pytest.raises(UploadGone):
            uploads.find(token, **whose | other)
    assert uploads.find(token, **whose).open().read() == b"content"


@pytest.mark.parametrize("token", ["", "x", "../../secret_key", "a\x00b", str(UUID(int=7))])
def test_a_made_up_token_opens_nothing(whose, token):
    with pytest.raises(UploadGone):
        uploads.find(token, **whose)


def test_after_a_day_it_is_gone(whose, a_day_ago):
    upload = uploads.keep(b"old", "a.csv", **whose)
    Upload.objects.update(at=a_day_ago)
    with pytest.raises(UploadGone):
        uploads.find(str(upload.token), **whose)


def test_the_next_one_sweeps_what_was_left(whose, a_day_ago):
    uploads.keep(b"old", "a.csv", **whose)
    Upload.objects.update(at=a_day_ago)
    fresh = uploads.keep(b"new", "b.csv", **whose)
    assert list(Upload.objects.all()) == [fresh]


def test_sweeping_leaves_what_is_younger(whose, a_day_ago):
    uploads.keep(b"old", "a.csv", **whose)
    Upload.objects.update(at=a_day_ago)
    Upload.objects.create(data=b"new", name="b.csv", **whose)
    assert (uploads.sweep(), uploads.sweep()) == (1, 0)
    assert Upload.objects.count() == 1


def test_a_long_name_is_cut(whose):
    assert len(uploads.keep(b"x", "长" * 300, **whose).name) == 255
