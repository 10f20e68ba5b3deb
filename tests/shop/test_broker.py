"""The folder that is the embedded way's broker."""

import os
import threading

import pytest
from kombu import Connection

from shop.config import broker
from shop.config.celery import app

MANY = 300


@pytest.fixture
def options(tmp_path) -> dict:
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    return {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
    }


def test_the_station_uses_it(options):
    with app.connection_for_write("filesystem://", transport_options=options) as connection:
        assert isinstance(connection.transport, broker.Transport)


def test_a_message_is_there_when_it_is_whole(options, monkeypatch):
    """Who looks while another is writing finds nothing yet, and not half of it."""
    with Connection(transport=broker.Transport, transport_options=options) as connection:
        channel, reader = connection.channel(), connection.channel()
        looks = []

        def look(self, target):
            looks.append(reader._size("work"))
            os.replace(self, target)

        monkeypatch.setattr("pathlib.Path.replace", look)
        channel._put("work", {"body": "一" * 100_000})
        assert looks == [0]
        assert reader._get("work") == {"body": "一" * 100_000}
        assert os.listdir(options["data_folder_in"]) == []


def test_many_messages_arrive_once_each(options):
    with Connection(transport=broker.Transport, transport_options=options) as connection:
        writer, reader = connection.channel(), connection.channel()
        wrote = threading.Thread(
            target=lambda: [writer._put("work", {"number": number}) for number in range(MANY)]
        )
        wrote.start()
        found = []
        while len(found) < MANY:
            try:
                found.append(reader._get("work")["number"])
            except broker.filesystem.Empty:
                assert wrote.is_alive() or reader._size("work")
        wrote.join()
    assert sorted(found) == list(range(MANY))
