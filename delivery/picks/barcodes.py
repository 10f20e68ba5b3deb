"""Reads the barcode or QR code in a photo: over plain http a browser gives a page no camera, but it
does give it photos."""

import io
from typing import BinaryIO

import zxingcpp
from django.utils.translation import gettext as _
from PIL import Image

from delivery.errors import UnknownCode
from inventory.receipts import photos


def read(upload: BinaryIO) -> list[str]:
    """What the codes in the photo say, each once.

    Raises `PhotoRefused` for what is no photo, `UnknownCode` if there is no code to be seen.
    """
    photo = photos.checked(upload)
    if photo.content_type != photos.JPEG:
        raise UnknownCode(_("请拍一张条码的照片。"))
    with Image.open(io.BytesIO(photo.data)) as image:
        found = zxingcpp.read_barcodes(image.convert("L"), text_mode=zxingcpp.TextMode.Plain)
    codes = list(dict.fromkeys(each.text for each in found if each.text))
    if not codes:
        raise UnknownCode(_("照片里没有看到条码，请靠近一点、对准了再拍。"))
    return codes
