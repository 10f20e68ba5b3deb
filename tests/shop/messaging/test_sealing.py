"""What is sealed is opened with the key it was sealed with, and with none else."""

import pytest

from shop.messaging import sealing


def test_what_is_sealed_can_be_opened_and_not_read():
    token = sealing.seal("13900001234")
    assert "13900001234" not in token
    assert sealing.unseal(token) == "13900001234"


def test_another_key_does_not_open_it(settings):
    token = sealing.seal("13900001234")
    settings.SECRET_KEY = "another key"
    with pytest.raises(sealing.Broken):
        sealing.unseal(token)


def test_a_key_of_before_still_does(settings):
    token, before = sealing.seal("13900001234"), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", [before]
    assert sealing.unseal(token) == "13900001234"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(sealing.Broken):
        sealing.unseal(token)


@pytest.mark.parametrize("token", ["", "abc", "é", "gAAAAA", "\x00"])
def test_what_we_did_not_seal_is_not_opened(token):
    with pytest.raises(sealing.Broken):
        sealing.unseal(token)
