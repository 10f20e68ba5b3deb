"""Where the station listens, and under which addresses people reach it."""

import fcntl
import socket
import struct
from contextlib import suppress

SIOCGIFADDR = 0x8915  # Linux: the IPv4 address of a network interface


def listen(host: str, port: str) -> socket.socket:
    """A socket that holds the port from now on. `ValueError` is one sentence for the user.

    Whoever connects before the server behind it is up waits in its queue instead of failing.
    """
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError(f"PORT 要填 1 到 65535 之间的数字，现在是“{port}”。")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(port)))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise ValueError(_why_not(host, port, error)) from error
    return listener


def free_port() -> int:
    """One of this machine's own that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _why_not(host: str, port: str, error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno == 99:
        return f"HOST “{host}”不是这台电脑的地址：请用 127.0.0.1 或 0.0.0.0。"
    if isinstance(error, PermissionError):
        return f"没有权限使用 {port} 端口：请换一个 1024 以上的，例如 PORT=8000。"
    return f"{port} 端口已经被别的程序占用：请关掉它，或换一个端口，例如 PORT=8001。"


def lan_addresses() -> list[str]:
    """This machine's IPv4 addresses on all networks it is in, loopback left out."""
    found = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            # An interface that is down has no address. Other systems than Linux: no list.
            with suppress(OSError):
                packed = struct.pack("256s", name.encode()[:15])
                answer = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, packed)
                found.add(socket.inet_ntoa(answer[20:24]))
    return sorted(address for address in found if not address.startswith("127."))


def reachable(host: str) -> list[str]:
    """The host names and addresses people may type, the best to tell them first."""
    if host == "0.0.0.0":  # noqa: S104  (asked for by name, for phones in the village office)
        name = socket.gethostname().lower()
        return [*lan_addresses(), "127.0.0.1", "localhost", name, f"{name}.local"]
    return [host, "localhost"] if host.startswith("127.") else [host, "127.0.0.1", "localhost"]
