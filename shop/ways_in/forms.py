"""What people type to get in."""

from uuid import UUID, uuid5

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from delivery.models import Grid
from shop.forms import BIGGEST_KEY, PhoneField

_ODD = {"null_characters_not_allowed": _("里面有看不见的怪字符，请重新打一遍。")}


def password_field(label, *, new: bool = False, **options) -> forms.CharField:
    autocomplete = "new-password" if new else "current-password"
    return forms.CharField(
        label=label,
        strip=False,
        max_length=128,
        # Django's own sentence for too short a password has no Chinese.
        error_messages=_ODD | {"min_length": _("密码太短了，至少要 8 位。")},
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        **options,
    )


class LoginForm(AuthenticationForm):
    username = PhoneField(label=_("手机号"), max_length=40, error_messages=_ODD)
    password = password_field(_("密码"))
    # One sentence for a wrong phone, a wrong password and a blocked account: it tells nothing.
    error_messages = {
        "invalid_login": _("手机号或密码不对。"),
        "inactive": _("手机号或密码不对。"),
    }


class PhoneForm(forms.Form):
    phone = PhoneField(label=_("手机号"), max_length=40, error_messages=_ODD)


class CodeForm(forms.Form):
    """Of a text message, or of the app that is the second factor: digits, or a recovery code."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=20,
        error_messages=_ODD
        | {"required": _("请填收到的验证码。"), "max_length": _("码没有这么长。")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "off",
                "spellcheck": "false",
                "enterkeyhint": "go",
            }
        ),
    )


class TextCodeForm(PhoneForm, CodeForm):
    """The second step of a text message: the phone is the one of the first."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].widget = forms.HiddenInput()
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class CardForm(forms.Form):
    code = forms.CharField(
        label=_("卡上的 8 位码"),
        max_length=20,
        error_messages=_ODD
        | {"required": _("请填卡上的码。"), "max_length": _("卡上的码只有 8 位。")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "enterkeyhint": "go",
                "data-card-code": "",
            }
        ),
    )
    #: Of the page that asks whether this is their door.
    nonce = forms.UUIDField(required=False, widget=forms.HiddenInput)


class OwnPasswordForm(forms.Form):
    """Said once more before something that matters."""

    password = password_field(_("您的密码"))


class NewPasswordForm(forms.Form):
    """`old` only where there is one to be said."""

    old = password_field(_("现在的密码"))
    new = password_field(_("新密码"), new=True, min_length=8, help_text=_("至少 8 位"))

    def __init__(self, *args, old: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not old:
            del self.fields["old"]

    def clean_new(self) -> str:
        validate_password(self.cleaned_data["new"])
        return self.cleaned_data["new"]


class PrintForm(forms.Form):
    """For which doors cards are printed; `nonce` says which page this was."""

    NEW, UNUSED = "new", "unused"

    nonce = forms.UUIDField(widget=forms.HiddenInput)
    door = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST_KEY)
    grid = forms.ModelChoiceField(
        label=_("网格"), queryset=None, required=False, empty_label=_("全部网格")
    )
    building = forms.CharField(
        label=_("楼"),
        required=False,
        max_length=20,
        error_messages={"max_length": _("楼号没有这么长。")} | _ODD,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("只印这一幢，不填就是全部"),
    )
    which = forms.ChoiceField(
        label=_("印给谁"),
        choices=[
            (NEW, _("还没有卡、也没人登录过的")),
            (UNUSED, _("还没有手机绑定的，旧卡作废")),
        ],
        initial=NEW,
        required=False,
    )

    def __init__(self, *args, grids, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grid"].queryset = Grid.objects.filter(pk__in=grids)
        for name in ("grid", "which"):
            said = _("请从列出来的里面选一个。")
            self.fields[name].error_messages |= {"invalid_choice": said}

    @staticmethod
    def is_key(said: str) -> bool:
        return said.isascii() and said.isdecimal() and len(said) < 19

    def once(self) -> UUID:
        """The same for the same doors from the same page: not printed twice by a second tap."""
        said = self.cleaned_data
        asked = [said["door"], said["grid"] and said["grid"].pk, said["building"], said["which"]]
        return uuid5(said["nonce"], repr(asked))
