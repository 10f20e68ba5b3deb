"""Money that goes back: refunds, asked for by the API or in the dashboard, and disputes."""

from tests.fakes.stripe import objects
from tests.fakes.stripe.account import DISPUTE_FEE, Account
from tests.fakes.stripe.answers import Refused

PLAYED = {"amount", "charge", "expand", "metadata", "payment_intent", "reason"}
OUTCOMES = ("succeeded", "pending", "failed")


def create(account: Account, params: dict) -> dict:
    """Succeeded at once, as most are, unless another outcome was asked for beforehand."""
    charge = _charge(account, params)
    amount = _amount(charge, params.get("amount"))
    outcome = account.refund_outcomes.popleft() if account.refund_outcomes else "succeeded"
    refund = objects.refund(
        account.new_id("re_"),
        now=account.now(),
        charge=charge,
        amount=amount,
        status="pending" if outcome == "pending" else "succeeded",
        params=params,
    )
    refund["balance_transaction"] = account.book("refund", -amount, refund)
    account.add(refund)
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.announce("refund.created", refund)
    account.announce("charge.refunded", charge, before)
    if outcome == "failed":
        finish(account, refund["id"], "failed")
    return refund


def finish(account: Account, id: str, status: str, reason: str = "lost_or_stolen_card") -> dict:
    """What became of a pending refund. A bank may send back even one that had succeeded."""
    refund = account.get("refund", id)
    if status not in {"succeeded", "failed"} or refund["status"] in {status, "failed"}:
        raise Refused(f"This refund is {refund['status']} and cannot become {status}.")
    before = {"status": refund["status"]}
    refund.update(status=status, pending_reason=None)
    if status == "failed":
        charge = account.get("charge", refund["charge"])
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        refund["failure_reason"] = reason
        refund["failure_balance_transaction"] = account.book(
            "refund_failure", refund["amount"], refund
        )
        account.announce("refund.failed", refund)
    account.announce("refund.updated", refund, before)
    account.announce("charge.refund.updated", refund, before)
    return refund


def _charge(account: Account, params: dict) -> dict:
    for name in params.keys() - PLAYED:
        raise Refused(f"Stripe knows `{name}`, this fake does not play it.", param=name)
    if ("charge" in params) == ("payment_intent" in params):
        raise Refused(
            "One of the following params should be provided for this request: "
            "payment_intent or charge.",
            code="parameter_missing",
            param="payment_intent",
        )
    if "charge" in params:
        charge = account.get("charge", params["charge"], param="charge")
    else:
        charge = _of_intent(account, params["payment_intent"])
    if charge["status"] != "succeeded":
        raise Refused(f"Charge {charge['id']} did not succeed and cannot be refunded.")
    if any(dispute["status"] != "won" for dispute in _disputes(account, charge)):
        raise Refused(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    if charge["refunded"]:
        raise Refused(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    return charge


def _of_intent(account: Account, id: str) -> dict:
    intent = account.get("payment_intent", id, param="payment_intent")
    charge = account.find(intent["latest_charge"])
    if charge is None or charge["status"] != "succeeded":
        raise Refused(
            f"This PaymentIntent ({id}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return charge


def _amount(charge: dict, asked: int | None) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if asked is None:
        return left
    if asked < 1:
        raise Refused("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if asked > left:
        raise Refused(
            f"Refund amount (¥{asked / 100:.2f}) is greater than unrefunded amount on charge "
            f"(¥{left / 100:.2f})",
            param="amount",
        )
    return asked


# --- disputes --------------------------------------------------------------------------------


def dispute(
    account: Account, intent: str, *, amount: int | None = None, reason: str = "fraudulent"
) -> dict:
    """The payer asks their bank for the money back."""
    charge = _of_intent(account, intent)
    if amount is None:
        amount = charge["amount"] - charge["amount_refunded"]
    opened = objects.dispute(
        account.new_id("du_"), now=account.now(), charge=charge, amount=amount, reason=reason
    )
    charge["disputed"] = True
    account.announce("charge.dispute.created", account.add(opened))
    return opened


def withdraw(account: Account, intent: str) -> dict:
    """Stripe takes the disputed money off the account, and a fee."""
    found = _open_dispute(account, intent)
    if found["balance_transactions"]:
        raise Refused("The money of this dispute was withdrawn already.")
    _move(account, found, -found["amount"], DISPUTE_FEE)
    account.announce("charge.dispute.funds_withdrawn", found)
    return found


def close(account: Account, intent: str, *, won: bool) -> dict:
    found = _open_dispute(account, intent)
    before = {"status": found["status"]}
    found["status"] = "won" if won else "lost"
    account.announce("charge.dispute.closed", found, before)
    if won and found["balance_transactions"]:
        _move(account, found, found["amount"], 0)
        account.announce("charge.dispute.funds_reinstated", found)
    return found


def _move(account: Account, found: dict, amount: int, fee: int) -> None:
    id = account.book("adjustment", amount, found, fee=fee)
    found["balance_transactions"].append(dict(account.get("balance_transaction", id)))


def _open_dispute(account: Account, intent: str) -> dict:
    for found in _disputes(account, _of_intent(account, intent)):
        if found["status"] not in {"won", "lost"}:
            return found
    raise Refused("This payment has no open dispute.")


def _disputes(account: Account, charge: dict) -> list[dict]:
    return [found for found in account.all("dispute") if found["charge"] == charge["id"]]
