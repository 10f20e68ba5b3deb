"""A good in a list. There are dozens on a page, and they look the same to nearly everybody."""

from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from shop.shelves import Good

register = template.Library()


@register.simple_tag
def good_card(good: Good, sizes: str, eager: bool = False) -> SafeString:
    """partials/good.html; `sizes`: how wide its photo is shown; `eager`: it is on the first screen,
    so its photo comes with the page and not after it. All that is on it follows from the
    good and the language, so what was drawn once is kept, in each process."""
    draw = _draw if settings.DEBUG else _drawn
    return draw(good, sizes, eager, get_language() or "")


def _draw(good: Good, sizes: str, eager: bool, language: str) -> SafeString:
    page = get_template("shop/partials/good.html").template
    said = {"good": good, "tile_sizes": sizes, "eager": eager}
    return page.render(template.Context(said, use_l10n=False))


#: About 1 kB each.
_drawn = lru_cache(maxsize=5000)(_draw)
