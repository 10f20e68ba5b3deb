from shop.models.access import AccessCode, LoginFailure
from shop.models.door_basket import DoorBasket
from shop.models.order_status import OrderStatus
from shop.models.placement import Placement
from shop.models.user import User

__all__ = ["AccessCode", "DoorBasket", "LoginFailure", "OrderStatus", "Placement", "User"]
