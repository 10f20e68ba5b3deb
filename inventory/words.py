"""Words in a row, joined as the language of the page joins them."""

from collections.abc import Iterable

from django.utils.translation import gettext as _


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
