"""What a text message says. A gateway that takes free words gets `words`; one that has every text
approved beforehand gets its own number for the template (from the settings) and the parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from inventory.words import written
from shop.models import Message

Kind = Message.Kind


@dataclass(frozen=True)
class Template:
    """`words` has a named placeholder for each of `params`."""

    name: str
    title: str
    words: str
    params: tuple[str, ...]

    def values(self, given: Mapping[str, object]) -> dict[str, str]:
        """Of what is given, what this template says; as text, which is all that gateways take."""
        return {name: str(given.get(name, "")) for name in self.params}

    @written()
    def text(self, given: Mapping[str, object]) -> str:
        return str(self.words) % self.values(given)


#: Login codes and trials are of no kind of message: they are nobody's news.
CODE, TEST = "code", "test"

ALL: dict[str, Template] = {
    template.name: template
    for template in (
        Template(
            CODE,
            _("登录验证码"),
            # Gateways let a template for codes have this one parameter only.
            _("验证码 %(code)s，请尽快填写，不要告诉别人，驿站不会问您要。"),
            ("code",),
        ),
        Template(
            Kind.ROUND_OPENS.value,
            Kind.ROUND_OPENS.label,
            _("%(station)s：%(round)s开始接单了，%(until)s截单。"),
            ("station", "round", "until"),
        ),
        Template(
            Kind.LAST_HOUR.value,
            Kind.LAST_HOUR.label,
            _("%(station)s：%(round)s快截单了，%(until)s截单。"),
            ("station", "round", "until"),
        ),
        Template(
            Kind.CHANGED.value,
            Kind.CHANGED.label,
            _("%(station)s：您的订单 %(number)s 有变动，请打开驿站看一下。"),
            ("station", "number"),
        ),
        Template(
            Kind.ON_WAY.value,
            Kind.ON_WAY.label,
            _("%(station)s：您订的东西出发了，请留意敲门。"),
            ("station",),
        ),
        Template(
            Kind.DELIVERED.value,
            Kind.DELIVERED.label,
            _("%(station)s：您订的东西送到了，请查收。"),
            ("station",),
        ),
        Template(
            Kind.FAILED.value,
            Kind.FAILED.label,
            _("%(station)s：刚才没能送到您家，请打开驿站看原因，驿站会再联系您。"),
            ("station",),
        ),
        Template(
            Kind.STANDING.value,
            Kind.STANDING.label,
            _("%(station)s：您“每波都要”的东西有消息，请打开驿站看一下。"),
            ("station",),
        ),
        Template(
            Kind.ANSWER.value,
            Kind.ANSWER.label,
            _("%(station)s：您反映的问题有答复了（订单 %(number)s）。"),
            ("station", "number"),
        ),
        Template(TEST, _("试发"), _("%(station)s：这是一条试发的短信。"), ("station",)),
    )
}
