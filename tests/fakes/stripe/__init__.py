"""A Stripe of our own on 127.0.0.1, for tests and for trying things out.

`python -m tests.fakes.stripe --port 4242 --webhook http://127.0.0.1:8000/pay/webhook/` runs one;
`with FakeStripe() as fake:` has one in a test. It answers the SDK over real HTTP, shows a pay page,
signs and sends events, and breaks on demand. Whatever the installed SDK's types do not know of, it
refuses (`parameters`), so it cannot come to accept what the real one would not.
"""

from tests.fakes.stripe.answers import Refused
from tests.fakes.stripe.fake import SECRET_KEY, WEBHOOK_SECRET, FakeStripe

__all__ = ["SECRET_KEY", "WEBHOOK_SECRET", "FakeStripe", "Refused"]
