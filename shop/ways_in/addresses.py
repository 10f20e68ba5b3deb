"""Where a request comes from."""

from django.conf import settings
from django.http import HttpRequest


def of(request: HttpRequest) -> str:
    """The caller's address. Behind proxies of ours it is what the outermost of them wrote down:
    each adds an entry at the right, and what stands further left anybody may have written."""
    number = settings.TRUSTED_PROXIES
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    behind = seen[-number].strip() if 0 < number <= len(seen) else ""
    return behind or request.META.get("REMOTE_ADDR", "")
