"""One request to a server that the settings name, as gateways and robots need it.

No redirect is followed and no proxy of the environment is asked: a request ends where it was sent.
"""

import http.client
import ssl
from collections.abc import Mapping
from functools import cache
from urllib.parse import urlsplit

from shop.messaging.gateways.gateway import Later, NoAnswer

#: Seconds to connect, and for each read.
TIMEOUT = 8
#: Of an answer, bytes: ours are of a few hundred.
MOST = 64 * 1024


def post(base: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Status and body. `base`: scheme, host and port. Raises `Later` if nothing got there, and
    `NoAnswer` if something may have."""
    parts = urlsplit(base)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT, context=_context())
    else:  # a fake, of tests
        connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise Later(f"connect: {type(error).__name__}") from error
        try:
            connection.request("POST", path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read(MOST)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"no answer: {type(error).__name__}") from error
    finally:
        connection.close()


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
