"""登录与开通."""

from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from inventory.errors import StationError
from shop import logins
from shop.forms import JoinForm, LoginForm


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
    form = JoinForm(request.POST or None)
    error: StationError | None = None
    if request.method == "POST" and form.is_valid():
        asked, address = form.cleaned_data, address_of(request)
        try:
            logins.refuse_guessing(asked["phone"], address)
            user = logins.join(asked["phone"], asked["code"], asked["password"])
        except logins.JoinRefused as refused:
            logins.note_failure(asked["phone"], address)
            error = refused
        except StationError as refused:
            error = refused
        else:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("home")
    status = 400 if request.method == "POST" else 200
    return render(request, "shop/join.html", {"form": form, "error": error}, status=status)


def address_of(request: HttpRequest) -> str:
    """The caller's address as the server in front of us saw it (docs/operations.md)."""
    return request.META.get("REMOTE_ADDR", "")
