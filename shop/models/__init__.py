from shop.models.access import AccessCode, LoginFailure
from shop.models.adjustment import Adjustment
from shop.models.counter_sale import CounterSale
from shop.models.door_basket import DoorBasket
from shop.models.line_terms import LineTerms
from shop.models.money import MoneyMove
from shop.models.notice import Notice
from shop.models.order_status import OrderStatus
from shop.models.placement import Placement
from shop.models.user import User

__all__ = [
    "AccessCode",
    "Adjustment",
    "CounterSale",
    "DoorBasket",
    "LineTerms",
    "LoginFailure",
    "MoneyMove",
    "Notice",
    "OrderStatus",
    "Placement",
    "User",
]
