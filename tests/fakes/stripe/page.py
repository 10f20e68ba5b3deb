"""The page where the payer pays: plain HTML, without a script, for people and for browsers."""

from html import escape
from urllib.parse import parse_qs

from tests.fakes.stripe import payments
from tests.fakes.stripe.account import Account
from tests.fakes.stripe.answers import Answer, Refused

METHODS = {"card": "银行卡", "alipay": "支付宝", "wechat_pay": "微信支付"}
CURRENCIES = {"cny": "¥", "usd": "$", "eur": "€", "hkd": "HK$"}
STYLE = """
body { margin: 0; background: #f4f5f7; color: #1d2433; font: 18px/1.6 system-ui, sans-serif }
main { max-width: 26rem; margin: 0 auto; padding: 1rem; background: #fff; min-height: 100vh }
h1 { font-size: 1.1rem; margin: 0 } .sum { font-size: 2rem; font-weight: 700; margin: .5rem 0 }
li { display: flex; justify-content: space-between; gap: 1rem } ul { padding: 0 }
label, button { display: flex; align-items: center; gap: .6rem; min-height: 48px }
fieldset { border: 0; padding: 0; margin: 1rem 0 } input { width: 1.3rem; height: 1.3rem }
button { width: 100%; justify-content: center; margin: .6rem 0; border-radius: .5rem;
  border: 1px solid #c3c8d2; background: #fff; color: inherit; font: inherit }
button.main { background: #4b45c6; border-color: #4b45c6; color: #fff; font-weight: 700 }
p.note { color: #8a1f11; background: #fdecea; padding: .6rem; border-radius: .5rem }
footer { color: #5b6472; font-size: .85rem }
"""


def show(account: Account, id: str, note: str = "") -> Answer:
    payments.expire_due(account)
    session = account.get("checkout.session", id)
    return _html(_body(account, session, note))


def act(account: Account, id: str, form: str) -> Answer:
    """A button was pressed: the session changes and the payer is sent on."""
    fields = parse_qs(form)
    action = fields.get("do", [""])[0]
    method = fields.get("method", [None])[0]
    session = account.get("checkout.session", id)
    try:
        if action == "back" and session["cancel_url"]:
            return _redirect(session["cancel_url"])
        if action == "pay":
            payments.pay(account, id, method)
        elif action == "decline":
            payments.decline(account, id, "card_declined", method)
        elif action == "later":
            payments.accept(account, id, method)
        elif action in {"arrived", "bounced"}:
            payments.settle(account, id, succeeded=action == "arrived")
        else:
            raise Refused("Unknown button.")
    except Refused as refusal:
        return show(account, id, str(refusal))
    if session["status"] == "complete":
        return _redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", id))
    return show(account, id, "银行卡被拒绝了，没有扣款。可以换一种方式再试。")


def _body(account: Account, session: dict, note: str) -> str:
    sign = CURRENCIES.get(session["currency"], session["currency"].upper() + " ")
    lines = "".join(
        f"<li><span>{escape(line['description'])} × {line['quantity']}</span>"
        f"<span>{sign}{line['amount_total'] / 100:.2f}</span></li>"
        for line in account.line_items[session["id"]]
    )
    return (
        "<h1>测试付款（不会真的扣款）</h1>"
        f'<p class="sum">{sign}{session["amount_total"] / 100:.2f}</p><ul>{lines}</ul>'
        + (f'<p class="note" role="alert">{escape(note)}</p>' if note else "")
        + f'<form method="post">{_choices(account, session)}</form>'
        "<footer>这是开发和测试用的假 Stripe。</footer>"
    )


def _choices(account: Account, session: dict) -> str:
    if session["status"] == "expired":
        return "<p>这个付款页已经过期。</p>"
    if session["status"] == "complete":
        intent = account.find(session["payment_intent"])
        if intent and intent["status"] == "processing":
            return (
                "<p>已受理，款项还没有到账。</p>"
                + _button("arrived", "款项到账", main=True)
                + _button("bounced", "款项没有到账")
            )
        return "<p>这笔付款已经办完。</p>"
    radios = "".join(
        f'<label><input type="radio" name="method" value="{method}"'
        f"{' checked' if not number else ''}>{METHODS.get(method, method)}</label>"
        for number, method in enumerate(session["payment_method_types"])
    )
    return (
        f"<fieldset>{radios}</fieldset>"
        + _button("pay", "付款", main=True)
        + _button("decline", "银行卡被拒")
        + _button("later", "异步付款（先受理后到账）")
        + (_button("back", "放弃返回") if session["cancel_url"] else "")
    )


def _button(action: str, text: str, *, main: bool = False) -> str:
    look = ' class="main"' if main else ""
    return f'<button name="do" value="{action}"{look}>{text}</button>'


def _html(body: str) -> Answer:
    page = (
        '<!doctype html><html lang="zh-hans"><head><meta charset="utf-8"><title>测试付款</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
    return Answer(page.encode(), content_type="text/html; charset=utf-8")


def _redirect(url: str) -> Answer:
    return Answer(b"", 303, "text/plain", {"Location": url})
