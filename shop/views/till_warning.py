"""Said to whoever has just paid cash out of the till."""

from django.contrib import messages
from django.http import HttpRequest

from shop.money.cash import cash


def warn(request: HttpRequest) -> None:
    """If the books have less than nothing in it now: something was not written down."""
    if words := cash.till_warning(request.station):
        messages.warning(request, words)
