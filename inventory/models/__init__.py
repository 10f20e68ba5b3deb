from inventory.models.bundle import BundlePart
from inventory.models.costing import Costing
from inventory.models.count import CountLine, StockCount
from inventory.models.item import Item, ShareRule
from inventory.models.ledger import Move
from inventory.models.purchase import Purchase, PurchaseLine
from inventory.models.receipt import Lot, Receipt, ReceiptLine, ReceiptPhoto
from inventory.models.station import Membership, Station
from inventory.models.supplier import Offer, Supplier
from inventory.models.upload import Upload

__all__ = [
    "BundlePart",
    "Costing",
    "CountLine",
    "Item",
    "Lot",
    "Membership",
    "Move",
    "Offer",
    "Purchase",
    "PurchaseLine",
    "Receipt",
    "ReceiptLine",
    "ReceiptPhoto",
    "ShareRule",
    "Station",
    "StockCount",
    "Supplier",
    "Upload",
]
