"""What can happen to a checkout session: it is made, paid, declined, accepted, settled, expired."""

from tests.fakes.stripe import objects, session_rules
from tests.fakes.stripe.account import FEE, Account
from tests.fakes.stripe.answers import Refused

DECLINES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}


def create(account: Account, params: dict) -> dict:
    session_rules.check(account, params)
    id = account.new_id("cs_test_a1", 56)
    lines = [objects.line_item(account.new_id("li_"), line) for line in params["line_items"]]
    session = objects.session(
        id,
        now=account.now(),
        url=f"{account.url}/c/pay/{id}",
        total=sum(line["amount_total"] for line in lines),
        methods=session_rules.methods(params),
        params={"expires_at": account.now() + session_rules.LONGEST, **params},
    )
    account.line_items[id] = lines
    account.intended[id] = params.get("payment_intent_data", {})
    account.open.add(id)
    return account.add(session)


def pay(account: Account, id: str, method: str | None = None) -> dict:
    """Paid at once; declined instead when a decline was asked for."""
    if account.declines:
        return decline(account, id, account.declines.popleft(), method)
    session = _open(account, id)
    if session["amount_total"]:
        charge = _charge(account, session, method, "succeeded")
        _received(account, charge)
        session["payment_status"] = "paid"
    else:
        session["payment_status"] = "no_payment_required"
    return _complete(account, session)


def accept(account: Account, id: str, method: str | None = None) -> dict:
    """The payment is under way: the session is complete, the money is not there yet."""
    session = _open(account, id)
    charge = _charge(account, session, method, "pending")
    intent = account.get("payment_intent", charge["payment_intent"])
    intent["status"] = "processing"
    account.announce("charge.pending", charge)
    account.announce("payment_intent.processing", intent)
    return _complete(account, session)


def settle(account: Account, id: str, *, succeeded: bool) -> dict:
    """The end of what `accept` began."""
    session = account.get("checkout.session", id)
    intent = account.find(session["payment_intent"])
    if session["status"] != "complete" or intent is None or intent["status"] != "processing":
        raise Refused("Nothing is under way for this session.")
    charge = account.get("charge", intent["latest_charge"])
    if succeeded:
        charge.update(
            status="succeeded", paid=True, captured=True, amount_captured=charge["amount"]
        )
        _received(account, charge)
        session["payment_status"] = "paid"
        account.announce("checkout.session.async_payment_succeeded", session)
    else:
        _not_received(account, charge, "processing_error")
        account.announce("checkout.session.async_payment_failed", session)
    return session


def decline(account: Account, id: str, code: str, method: str | None = None) -> dict:
    """The bank says no. The session stays open: the payer may try again."""
    session = _open(account, id)
    _not_received(account, _charge(account, session, method, "failed"), code)
    return session


def expire(account: Account, id: str) -> dict:
    expire_due(account)
    session = account.get("checkout.session", id)
    if session["status"] != "open":
        raise Refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    _expire(account, session)
    return session


def expire_due(account: Account) -> None:
    """Whatever nobody paid in time. Called before anything is read or done, and every second."""
    sessions = [account.get("checkout.session", id) for id in sorted(account.open)]
    for session in sorted(sessions, key=lambda session: session["expires_at"]):
        if session["expires_at"] <= account.now():
            _expire(account, session)


def _expire(account: Account, session: dict) -> None:
    account.open.remove(session["id"])
    session.update(status="expired", url=None)
    if intent := account.find(session["payment_intent"]):
        intent.update(status="canceled", canceled_at=account.now(), cancellation_reason="automatic")
        account.announce("payment_intent.canceled", intent)
    account.announce("checkout.session.expired", session)


def _open(account: Account, id: str) -> dict:
    expire_due(account)
    session = account.get("checkout.session", id)
    if session["status"] != "open":
        raise Refused(f"This Checkout Session has a status of `{session['status']}`.")
    return session


def _charge(account: Account, session: dict, method: str | None, status: str) -> dict:
    """An attempt at the session's payment, which is made at the first one."""
    method = method or session["payment_method_types"][0]
    if method not in session["payment_method_types"]:
        raise Refused(f"{method} is not offered by this Checkout Session.")
    intent = account.find(session["payment_intent"])
    if intent is None:
        intent = objects.payment_intent(
            account.new_id("pi_"),
            now=account.now(),
            session=session,
            intended=account.intended[session["id"]],
        )
        account.add(intent)
        session["payment_intent"] = intent["id"]
        account.announce("payment_intent.created", intent)
    intent["payment_method"] = account.new_id("pm_")
    charge = objects.charge(
        account.new_id("ch_"), now=account.now(), intent=intent, method=method, status=status
    )
    intent["latest_charge"] = charge["id"]
    return account.add(charge)


def _received(account: Account, charge: dict) -> None:
    intent = account.get("payment_intent", charge["payment_intent"])
    fee = charge["amount"] * FEE // 1000
    charge["balance_transaction"] = account.book("charge", charge["amount"], charge, fee=fee)
    intent.update(status="succeeded", amount_received=charge["amount"], last_payment_error=None)
    account.announce("charge.succeeded", charge)
    account.announce("payment_intent.succeeded", intent)


def _not_received(account: Account, charge: dict, code: str) -> None:
    intent = account.get("payment_intent", charge["payment_intent"])
    message = DECLINES.get(code, DECLINES["card_declined"])
    charge.update(status="failed", failure_code=code, failure_message=message)
    error = {"code": code, "message": message, "type": "card_error", "charge": charge["id"]}
    intent.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
    account.announce("charge.failed", charge)
    account.announce("payment_intent.payment_failed", intent)


def _complete(account: Account, session: dict) -> dict:
    account.open.remove(session["id"])
    session.update(status="complete", url=None, customer_details={**objects.PAYER})
    account.announce("checkout.session.completed", session)
    return session
