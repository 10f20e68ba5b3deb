"""登录和密码: one's own password, and the second factor of who works here."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery.views.prints import qr
from inventory.errors import StationError
from shop.models import User
from shop.ways_in import addresses, people, second_factor, sessions
from shop.ways_in.forms import CodeForm, NewPasswordForm, OwnPasswordForm
from shop.ways_in.guessing import TooManyTries


@require_safe
@never_cache
@login_required
def my_login(request: HttpRequest) -> HttpResponse:
    return _page(request)


@sensitive_post_parameters("old", "new")
@require_POST
@never_cache
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """Sets the first one, or another. Everybody else who is logged in as them is out."""
    form = NewPasswordForm(request.POST, old=_old_is_asked(request))
    if not form.is_valid():
        return _page(request, password_form=form, status=400)
    said = form.cleaned_data
    try:
        if "old" in said:
            second_factor.check_password(request.user, said["old"], addresses.of(request))
    except StationError as error:
        form.add_error("old", str(error))
        return _page(request, password_form=form, status=_status(error))
    request.user.set_password(said["new"])
    request.user.save(update_fields=["password"])
    update_session_auth_hash(request, request.user)
    messages.success(request, _("密码存好了，别的手机上要重新登录。"))
    return redirect("my-login")


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def factor(request: HttpRequest) -> HttpResponse:
    """Begin, confirm, switch off, new recovery codes: `do` says which."""
    do = {"begin": _begin, "confirm": _confirm, "off": _off, "codes": _codes}
    step = do.get(request.POST.get("do", ""))
    if step is None or not _may_have_one(request):
        return redirect("my-login")
    form = (CodeForm if step is _confirm else OwnPasswordForm)(request.POST)
    if not form.is_valid():
        return _page(request, factor_error=next(iter(form.errors.values()))[0], status=400)
    try:
        return step(request, form.cleaned_data, addresses.of(request))
    except StationError as error:
        return _page(request, factor_error=error, status=_status(error))


def _begin(request: HttpRequest, said: dict, address: str) -> HttpResponse:
    second_factor.check_password(request.user, said["password"], address)
    second_factor.begin(request.user)
    return redirect("my-login")


def _confirm(request: HttpRequest, said: dict, address: str) -> HttpResponse:
    """The answer is the only time the recovery codes can be read: a page and no redirect."""
    codes = second_factor.confirm(request.user, said["code"], address)
    request.user.refresh_from_db()
    update_session_auth_hash(request, request.user)
    return _page(request, recovery_codes=codes)


def _codes(request: HttpRequest, said: dict, address: str) -> HttpResponse:
    codes = second_factor.renew_codes(request.user, said["password"], address)
    return _page(request, recovery_codes=codes)


def _off(request: HttpRequest, said: dict, address: str) -> HttpResponse:
    second_factor.switch_off(request.user, said["password"], address)
    messages.success(request, _("第二步停用了，登录只要密码。"))
    return redirect("my-login")


def _page(request: HttpRequest, *, status: int = 200, **extra) -> HttpResponse:
    mine = second_factor.of(request.user)
    begun = None if mine else second_factor.begun(request.user)
    context = {
        "password_form": NewPasswordForm(old=_old_is_asked(request)),
        "has_password": request.user.has_usable_password(),
        "may_have_factor": _may_have_one(request),
        "factor": mine,
        "begun": begun,
        "qr": qr(begun.address) if begun else "",
        "confirm_form": CodeForm(),
        "own_password": OwnPasswordForm(),
        "codes_left": mine.recovery_codes.filter(used_at=None).count() if mine else 0,
    }
    return render(request, "shop/my_login.html", context | extra, status=status)


def _old_is_asked(request: HttpRequest) -> bool:
    has_one = request.user.has_usable_password()
    return has_one and not sessions.came_in_just_now_without_password(request)


def _may_have_one(request: HttpRequest) -> bool:
    """Who works here; and whoever has one may end it."""
    user: User = request.user
    return user.has_usable_password() and (people.works(user) or bool(second_factor.of(user)))


def _status(error: StationError) -> int:
    return 429 if isinstance(error, TooManyTries) else 400
