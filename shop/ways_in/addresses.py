"""Where a request comes from."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

#: Of an IPv6 address: how many bits say whose network it is. In it everybody has as many addresses
#: as they like.
NETWORK_BITS = 64


def of(request: HttpRequest) -> str:
    """The caller's address, of a newer one their network. Behind proxies of ours it is what the
    outermost of them wrote down: each adds an entry at the right, and what stands further left
    anybody may have written."""
    number = settings.TRUSTED_PROXIES
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    behind = seen[-number].strip() if 0 < number <= len(seen) else ""
    return _network(behind or request.META.get("REMOTE_ADDR", ""))


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    beyond = 128 - NETWORK_BITS
    return str(IPv6Address(int(found) >> beyond << beyond))
