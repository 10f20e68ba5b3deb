from inventory.models.item import Item
from inventory.models.ledger import Move
from inventory.models.station import Membership, Station

__all__ = ["Item", "Membership", "Move", "Station"]
