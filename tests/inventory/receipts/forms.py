"""What the receiving form sends, and where."""

import io
from decimal import Decimal
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from inventory.models import Costing, Lot, Move, Receipt, ReceiptPhoto

D = Decimal
NEW = reverse("station-receipt-new")


def typed(*lines, step="preview", **fields):
    """What the form sends; a line is a dict of its fields."""
    said = {"nonce": str(uuid4()), "step": step, "spread": "value"} | fields
    said |= {"form-TOTAL_FORMS": str(len(lines)), "form-INITIAL_FORMS": "0"}
    for number, line in enumerate(lines):
        said |= {f"form-{number}-{name}": value for name, value in line.items()}
    return said


def there(purchase=None, supplier=None) -> str:
    return f"{NEW}?purchase={purchase.pk}" if purchase else f"{NEW}?supplier={supplier.pk}"


def everything() -> list[int]:
    return [model.objects.count() for model in (Receipt, ReceiptPhoto, Lot, Move, Costing)]


def picture(colour="red") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(written, "JPEG")
    return SimpleUploadedFile("invoice.jpg", written.getvalue(), "image/jpeg")


def sentences(response) -> str:
    return response.content.decode()
