"""A kept spreadsheet opens for whom it was kept, once, for a day."""

import os
import time

import pytest
from django.core import signing

from inventory import uploads
from inventory.uploads import UploadGone


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path / "uploads"


@pytest.fixture
def whose(staff, station) -> dict:
    return {"purpose": "doors", "user": staff, "station": station}


def test_what_was_kept_is_found(whose):
    token = uploads.keep(b"content", "名册.xlsx", **whose).token
    found = uploads.find(token, **whose)
    assert (found.content, found.name) == (b"content", "名册.xlsx")
    assert found.open().read() == b"content"


def test_once_it_is_forgotten_it_is_gone(whose, folder):
    upload = uploads.keep(b"content", "a.csv", **whose)
    upload.forget()
    upload.forget()
    assert list(folder.iterdir()) == []
    with pytest.raises(UploadGone):
        uploads.find(upload.token, **whose)


def test_it_is_nobody_elses(whose, manager, other_station):
    token = uploads.keep(b"content", "a.csv", **whose).token
    for other in (
        {"user": manager},
        {"station": other_station},
        {"purpose": "goods"},
    ):
        with pytest.raises(UploadGone):
            uploads.find(token, **whose | other)
    assert uploads.find(token, **whose).content == b"content"


@pytest.mark.parametrize("token", ["", "x", "../../secret_key", "a:b:c"])
def test_a_made_up_token_opens_nothing(whose, token):
    with pytest.raises(UploadGone):
        uploads.find(token, **whose)


def test_a_token_signed_for_something_else_opens_nothing(whose, staff, station):
    token = signing.dumps(["../secret_key", "a", "doors", staff.pk, station.pk], salt="other")
    with pytest.raises(UploadGone):
        uploads.find(token, **whose)


def test_after_a_day_it_is_gone(whose, folder, monkeypatch):
    token = uploads.keep(b"old", "a.csv", **whose).token
    a_day_later = time.time() + uploads.LIFETIME_S + 60
    monkeypatch.setattr(time, "time", lambda: a_day_later)
    with pytest.raises(UploadGone):
        uploads.find(token, **whose)


def test_the_next_one_sweeps_what_was_left(whose, folder):
    old = uploads.keep(b"old", "a.csv", **whose)
    yesterday = time.time() - uploads.LIFETIME_S - 60
    os.utime(old.path, (yesterday, yesterday))
    fresh = uploads.keep(b"new", "b.csv", **whose)
    assert list(folder.iterdir()) == [fresh.path]


def test_only_its_owner_reads_the_file(whose, folder):
    path = uploads.keep(b"content", "a.csv", **whose).path
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
