"""登录: by password, by a code in a text message, and the second factor after the password."""

from contextlib import suppress

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from inventory.errors import StationError
from inventory.sheets.cells import CellError
from inventory.sheets.cells import phone as normalised
from shop.messaging.gateways import sms_is_on
from shop.ways_in import addresses, browsers, codes, guessing, second_factor, sessions
from shop.ways_in.forms import CodeForm, LoginForm, PhoneForm, TextCodeForm
from shop.ways_in.guessing import TooManyTries
from shop.ways_in.people import LogInInstead


class _Wrong(Exception):
    """Stays counted."""


@method_decorator(sensitive_post_parameters("username", "password"), name="dispatch")
class Login(LoginView):
    """Django's login, by phone, with a lock-out and, for who wants it, a second factor."""

    template_name = "shop/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(sms=sms_is_on(), **kwargs)

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        form = self.get_form()
        phone = form.data.get("username", "")
        with suppress(CellError):  # what is no phone number is counted as typed
            phone = normalised(phone)
        note = browsers.note(request, phone)
        tries = guessing.of_login("password", phone, 8, addresses.of(request), note)
        try:
            with guessing.guarded(*tries):
                if not form.is_valid():
                    raise _Wrong
        except TooManyTries as error:
            return self.render_to_response(self.get_context_data(error=error), status=429)
        except _Wrong:
            return self.form_invalid(form)
        return _entered(request, form.get_user(), sessions.BY_PASSWORD, self.get_redirect_url())


@sensitive_post_parameters("code", "phone")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login_code(request: HttpRequest) -> HttpResponse:
    """A phone, then the code that was sent to it. Both stay in the body of a POST."""
    if not sms_is_on():
        raise Http404
    there = _next(request)
    if request.method != "POST":
        return _code_page(request, PhoneForm())
    if "code" not in request.POST:
        return _ask(request)
    form = TextCodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form, sent=not form.errors.get("phone"), status=400)
    phone, code = form.cleaned_data["phone"], form.cleaned_data["code"].strip()
    try:
        user = codes.use(phone, code, addresses.of(request), browsers.note(request, phone))
    except StationError as error:
        status = 429 if isinstance(error, TooManyTries) else 400
        log_in = isinstance(error, LogInInstead)
        return _code_page(request, form, error, sent=not log_in, log_in=log_in, status=status)
    return _entered(request, user, sessions.WITHOUT_PASSWORD, there)


def _ask(request: HttpRequest) -> HttpResponse:
    """The same answer for every number there is."""
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form, status=400)
    phone = form.cleaned_data["phone"]
    try:
        codes.ask(phone, addresses.of(request))
    except TooManyTries as error:
        # An earlier code may still be on its way.
        return _code_page(request, _second_step(phone), error, sent=True, status=429)
    return _code_page(request, _second_step(phone), sent=True)


def _second_step(phone: str) -> TextCodeForm:
    return TextCodeForm(initial={"phone": phone})


def _code_page(
    request: HttpRequest, form, error: StationError | None = None, *, status: int = 200, **context
) -> HttpResponse:
    context |= {"form": form, "error": error, "next": _next(request), "minutes": codes.MINUTES}
    return render(request, "shop/login_code.html", context, status=status)


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login_second(request: HttpRequest) -> HttpResponse:
    """After the right password, for those whose second factor is on."""
    user = sessions.half_in(request)
    if user is None:
        return redirect(_login(_next(request)))
    form = CodeForm(request.POST or None)
    context = {"form": form, "next": _next(request)}
    if form.is_valid():
        try:
            second_factor.check(user, form.cleaned_data["code"], addresses.of(request))
        except StationError as error:
            status = 429 if isinstance(error, TooManyTries) else 400
            context["error"] = error
            return render(request, "shop/login_second.html", context, status=status)
        sessions.second_half(request, user)
        return browsers.remember(redirect(_next(request) or "home"), user.phone)
    status = 400 if request.method == "POST" else 200
    return render(request, "shop/login_second.html", context, status=status)


def _entered(request: HttpRequest, user, backend: str, there: str) -> HttpResponse:
    if sessions.enter(request, user, backend):
        return browsers.remember(redirect(there or "home"), user.phone)
    words = urlencode({REDIRECT_FIELD_NAME: there}) if there else ""
    return redirect(f"{reverse('login-second')}?{words}" if words else "login-second")


def _login(there: str) -> str:
    words = urlencode({REDIRECT_FIELD_NAME: there}) if there else ""
    return f"{resolve_url('login')}?{words}" if words else resolve_url("login")


def _next(request: HttpRequest) -> str:
    """Where they wanted to go: an address of ours, or nothing."""
    there = request.POST.get(REDIRECT_FIELD_NAME, request.GET.get(REDIRECT_FIELD_NAME, ""))
    safe = url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return there if safe else ""
