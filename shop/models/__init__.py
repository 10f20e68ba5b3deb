from shop.models.access import DoorCard, LoginCode, LoginFailure, RecoveryCode, SecondFactor
from shop.models.account_terms import AccountTerms, CreditChange
from shop.models.adjustment import Adjustment
from shop.models.announcement import Announcement
from shop.models.cash_count import CashCount
from shop.models.cash_slip import CashSlip
from shop.models.claim import Claim
from shop.models.counter_sale import CounterSale
from shop.models.door_basket import DoorBasket
from shop.models.door_preferences import DoorPreferences
from shop.models.favourite import Favourite
from shop.models.fund import Fund, Grant, Subsidy
from shop.models.group_buy import GroupBuy, GroupBuyRow
from shop.models.line_terms import LineTerms
from shop.models.message import GridRobot, Message, Sending
from shop.models.money import MoneyMove
from shop.models.notice import Notice
from shop.models.order_status import OrderStatus
from shop.models.ordered_bundle import OrderedBundle
from shop.models.placement import Placement
from shop.models.slip import Slip, SlipSheet
from shop.models.standing_order import StandingLine, StandingOrder, StandingRun
from shop.models.stripe_payment import Refund, StripeEvent, StripePayment
from shop.models.user import User

__all__ = [
    "AccountTerms",
    "Adjustment",
    "Announcement",
    "CashCount",
    "CashSlip",
    "Claim",
    "CounterSale",
    "CreditChange",
    "DoorBasket",
    "DoorCard",
    "DoorPreferences",
    "Favourite",
    "Fund",
    "Grant",
    "GridRobot",
    "GroupBuy",
    "GroupBuyRow",
    "LineTerms",
    "LoginCode",
    "LoginFailure",
    "Message",
    "MoneyMove",
    "Notice",
    "OrderStatus",
    "OrderedBundle",
    "Placement",
    "RecoveryCode",
    "Refund",
    "SecondFactor",
    "Sending",
    "Slip",
    "SlipSheet",
    "StandingLine",
    "StandingOrder",
    "StandingRun",
    "StripeEvent",
    "StripePayment",
    "Subsidy",
    "User",
]
