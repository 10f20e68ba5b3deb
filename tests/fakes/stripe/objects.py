"""What Stripe's objects look like: dicts, ready for JSON. Amounts in fen, times in seconds."""

from typing import Any

#: What the account's dashboard allows; of these a session may choose.
PAYMENT_METHODS = ("card", "alipay", "wechat_pay")
#: The payer as a pay page asks for it. None of this may turn up in the station's own tables.
PAYER = {"name": "张三", "email": "zhangsan@example.com", "phone": None, "address": None}

METHOD_DETAILS: dict[str, dict[str, Any]] = {
    "card": {"brand": "visa", "country": "CN", "funding": "credit", "last4": "4242"},
    "alipay": {"buyer_id": "2088000000000000", "transaction_id": "2022000000000000"},
    "wechat_pay": {"fingerprint": None, "transaction_id": "4200000000000000"},
}


def session(id: str, *, now: int, url: str, total: int, methods: list[str], params: dict) -> dict:
    return {
        "id": id,
        "object": "checkout.session",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "created": now,
        "currency": params["line_items"][0]["price_data"]["currency"],
        "custom_fields": [],
        "custom_text": {},
        "customer": None,
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "expires_at": params["expires_at"],
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_options": params.get("payment_method_options", {}),
        "payment_method_types": methods,
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": url,
    }


def line_item(id: str, given: dict) -> dict:
    price = given["price_data"]
    amount = price["unit_amount"] * given["quantity"]
    return {
        "id": id,
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "metadata": given.get("metadata", {}),
        "quantity": given["quantity"],
    }


def payment_intent(id: str, *, now: int, session: dict, intended: dict) -> dict:
    return {
        "id": id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{id}_secret_fake",
        "confirmation_method": "automatic",
        "created": now,
        "currency": session["currency"],
        "customer": None,
        "description": intended.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": intended.get("metadata", {}),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": session["payment_method_types"],
        "receipt_email": intended.get("receipt_email"),
        "status": "requires_payment_method",
    }


def charge(id: str, *, now: int, intent: dict, method: str, status: str) -> dict:
    return {
        "id": id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if status == "succeeded" else 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {**PAYER, "tax_id": None},
        "captured": status == "succeeded",
        "created": now,
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": None,
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {"type": method, method: METHOD_DETAILS.get(method, {})},
        "receipt_url": None,
        "refunded": False,
        "status": status,
    }


def refund(id: str, *, now: int, charge: dict, amount: int, status: str, params: dict) -> dict:
    return {
        "id": id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "destination_details": {"type": charge["payment_method_details"]["type"]},
        "failure_balance_transaction": None,
        "failure_reason": None,
        "metadata": params.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "pending_reason": "processing" if status == "pending" else None,
        "reason": params.get("reason"),
        "receipt_number": None,
        "status": status,
    }


def dispute(id: str, *, now: int, charge: dict, amount: int, reason: str) -> dict:
    return {
        "id": id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "evidence": {},
        "evidence_details": {
            "due_by": now + 7 * 86400,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }


def balance_transaction(
    id: str, *, now: int, kind: str, amount: int, fee: int, source: dict
) -> dict:
    return {
        "id": id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + 2 * 86400,
        "balance_type": "payments",
        "created": now,
        "currency": source["currency"],
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [],
        "net": amount - fee,
        "reporting_category": {"adjustment": "dispute"}.get(kind, kind),
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }


def event(
    id: str, *, now: int, version: str, type: str, subject: dict, before: dict | None, cause: dict
) -> dict:
    data: dict[str, Any] = {"object": subject}
    if before is not None:
        data["previous_attributes"] = before
    return {
        "id": id,
        "object": "event",
        "api_version": version,
        "created": now,
        "data": data,
        "livemode": False,
        "pending_webhooks": 1,
        "request": cause,
        "type": type,
    }
