"""登录与开通."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from inventory.errors import StationError
from shop import logins
from shop.forms import CodeForm, JoinForm, LoginForm


class Login(LoginView):
    """Django's login, by phone, with a lock-out."""

    template_name = "shop/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        form = self.get_form()
        phone, address = form.data.get("username", ""), address_of(request)
        try:
            logins.refuse_guessing(phone, address)
        except logins.TooManyTries as error:
            return self.render_to_response(self.get_context_data(error=error), status=429)
        if form.is_valid():
            return self.form_valid(form)
        logins.note_failure(phone, address)
        return self.form_invalid(form)


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """A door's code: with phone and password for who is new, alone for who is logged in."""
    user = request.user if request.user.is_authenticated else None
    form = (CodeForm if user else JoinForm)(request.POST or None)
    error: StationError | None = None
    if request.method == "POST" and form.is_valid():
        asked, address = form.cleaned_data, address_of(request)
        phone = user.phone if user else asked["phone"]
        try:
            logins.refuse_guessing(phone, address)
            if user:
                logins.add_door(user, asked["code"])
            else:
                joined = logins.join(phone, asked["code"], asked["password"])
                login(request, joined, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("home")
        except logins.JoinRefused as refused:
            logins.note_failure(phone, address)
            error = refused
        except StationError as refused:
            error = refused
    context = {"form": form, "error": error, "log_in": isinstance(error, logins.LogInInstead)}
    status = 400 if request.method == "POST" else 200
    return render(request, "shop/join.html", context, status=status)


def address_of(request: HttpRequest) -> str:
    """The caller's address. Behind proxies of ours it is what the outermost of them wrote down:
    each adds an entry at the right, and what stands further left anybody may have written."""
    number = settings.TRUSTED_PROXIES
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    behind = seen[-number].strip() if 0 < number <= len(seen) else ""
    return behind or request.META.get("REMOTE_ADDR", "")
