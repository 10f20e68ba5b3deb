"""What browsers are told of every page: who may keep it, and what may run in it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

#: Nothing inline, nothing foreign: all scripts and styles are files of ours (templates/base.html).
POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}
#: Oscar's dashboard writes scripts and styles into its pages. Foreign ones stay out there, too.
DASHBOARD_POLICY = POLICY | {
    "script-src": "'self' 'unsafe-inline'",
    "style-src": "'self' 'unsafe-inline'",
}


def _header(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())


class CompressedPages(GZipMiddleware):
    """Pages are sent compressed: a sixth of their size, on a network that is slow.

    What an attacker could learn from how well a page compresses (BREACH) is nothing here: the CSRF
    token is another one in every answer, Django pads each answer by a random length, and the
    session's cookie does not come along when a foreign page asks (SameSite=Lax). Photos and
    spreadsheets are compressed already, static files have their own.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class PageHeaders:
    """Adds `Content-Security-Policy` and, where somebody is logged in, `Cache-Control` to HTML.

    Stands inside of what serves static files, so those are cached as ever. What a view says
    itself is left alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        if _is_personal(request, response):
            response.headers.setdefault("Cache-Control", "private, no-store")
        # Django's own page of an error's details (DEBUG) is all inline.
        if not (settings.DEBUG and response.status_code >= 400):
            match = request.resolver_match
            on_dashboard = match is not None and "dashboard" in match.namespaces
            policy = DASHBOARD_POLICY if on_dashboard else POLICY
            response.headers.setdefault("Content-Security-Policy", _header(policy))
        return response


def _is_personal(request: HttpRequest, response: HttpResponse) -> bool:
    """By the session's cookie: asking for the user would cost every page of a stranger a query,
    and would fail once more on the page which says that the database is gone."""
    name = settings.SESSION_COOKIE_NAME
    return name in request.COOKIES or name in response.cookies
