"""`python -m tests.fakes.stripe`: says its address in one line once it answers, then runs on."""

import argparse
import signal
import sys
import threading

from tests.fakes.stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.stripe", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--webhook", help="where events are sent; without it they are kept")
    parser.add_argument("--secret", default=WEBHOOK_SECRET, help="signs the events")
    parser.add_argument("--key", default=SECRET_KEY, help="the API key it takes")
    given = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with FakeStripe(
        given.webhook, port=given.port, secret_key=given.key, webhook_secret=given.secret
    ) as fake:
        print(fake.url, flush=True)
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
