"""Words in a row, joined as the language of the page joins them; and words that are kept."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _


@contextmanager
def written() -> Iterator[None]:
    """Around whatever makes words that are stored or sent (`with`, or as a decorator): they are for
    others, in the station's language, whatever the page's of the one who taps."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


def paper() -> dict[str, str]:
    """For the context of a page to print (`templates/print.html`) that households or suppliers get:
    the paper is in the station's language, the buttons around it in that of who prints."""
    return {"paper_language": settings.LANGUAGE_CODE}


def listed(words: Iterable[object]) -> str:
    """`鸡蛋、土豆`; in English `eggs, potatoes`."""
    return _("、").join(map(str, words))


def clauses(sentences: Iterable[object]) -> str:
    """`第 3 行：没有名字；第 5 行：…`, as parts of one sentence."""
    return _("；").join(map(str, sentences))


def parts(sentences: Iterable[object]) -> str:
    """`卖了 12，退了 3`: figures or short sentences one after the other."""
    return _("，").join(map(str, sentences))


def about(name: object, said: object) -> str:
    """`鸡蛋：少了两个`: whom or what a sentence is about."""
    return _("%(name)s：%(said)s") % {"name": name, "said": said}


def aside(words: object, more: object) -> str:
    """`鸡蛋（盒）`: what tells it from others of its name."""
    return _("%(words)s（%(more)s）") % {"words": words, "more": more}
