from shop.models.access import AccessCode, LoginFailure
from shop.models.account_terms import AccountTerms, CreditChange
from shop.models.adjustment import Adjustment
from shop.models.cash_count import CashCount
from shop.models.cash_slip import CashSlip
from shop.models.claim import Claim
from shop.models.counter_sale import CounterSale
from shop.models.door_basket import DoorBasket
from shop.models.fund import Fund, Grant, Subsidy
from shop.models.group_buy import GroupBuy, GroupBuyRow
from shop.models.line_terms import LineTerms
from shop.models.money import MoneyMove
from shop.models.notice import Notice
from shop.models.order_status import OrderStatus
from shop.models.placement import Placement
from shop.models.slip import Slip, SlipSheet
from shop.models.stripe_payment import Refund, StripeEvent, StripePayment
from shop.models.user import User

__all__ = [
    "AccessCode",
    "AccountTerms",
    "Adjustment",
    "CashCount",
    "CashSlip",
    "Claim",
    "CounterSale",
    "CreditChange",
    "DoorBasket",
    "Fund",
    "Grant",
    "GroupBuy",
    "GroupBuyRow",
    "LineTerms",
    "LoginFailure",
    "MoneyMove",
    "Notice",
    "OrderStatus",
    "Placement",
    "Refund",
    "Slip",
    "SlipSheet",
    "StripeEvent",
    "StripePayment",
    "Subsidy",
    "User",
]
