from inventory.models.item import Item
from inventory.models.ledger import Move
from inventory.models.station import Membership, Station
from inventory.models.upload import Upload

__all__ = ["Item", "Membership", "Move", "Station", "Upload"]
