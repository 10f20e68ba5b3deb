"""What every page says of itself."""

import re

from django.urls import reverse


def test_the_servers_clock_is_told_to_the_second(client, db):
    """Countdowns go by it. A fraction would be six digits that no test of a page could foresee."""
    text = client.get(reverse("login")).text
    assert re.search(r'data-now="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}"', text)
