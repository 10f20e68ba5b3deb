"""Photos people take with their phones: checked by their content, made small, and rid of what the
phone writes into them (place, device, time).

A file's name and the type a browser claims say nothing; its first bytes do. The number of pixels
is read from the header, before anything is decoded: a 20 KB file may unpack to a gigabyte.
"""

import io
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from inventory.errors import PhotoRefused

MAX_BYTES = 10 * 1024 * 1024
#: JPEG is decoded at a fraction of its size; the others only whole, at 4 bytes a pixel.
MAX_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
#: Longest side of what is kept: an invoice stays readable.
SIDE = 2000
QUALITY = 80


class NoPicture(PhotoRefused):
    """It may be something else that can be read, but it is no picture."""


def read(upload: bytes | BinaryIO) -> bytes:
    """What was uploaded. Raises `PhotoRefused` if that is nothing, or too much."""
    if isinstance(upload, bytes):
        data = upload
    else:
        upload.seek(0)
        data = upload.read(MAX_BYTES + 1)
    if not data:
        raise PhotoRefused(_("这张照片是空的，请再拍一次。"))
    if len(data) > MAX_BYTES:
        raise PhotoRefused(_("照片太大了，一张最多 10 MB。"))
    return data


def small_jpeg(data: bytes) -> bytes:
    """The same picture, fit to be kept. Raises `PhotoRefused`."""
    try:
        with Image.open(io.BytesIO(data), formats=list(MAX_PIXELS)) as image:
            if image.width * image.height > MAX_PIXELS[image.format or ""]:
                raise PhotoRefused(_("照片的像素太多了，请用普通大小再拍一次。"))
            image.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((SIDE, SIDE))
            return _encoded(upright)
    except Image.UnidentifiedImageError as error:
        raise NoPicture(_("认不出这张图，只收 JPG、PNG、WebP 照片。")) from error
    except PhotoRefused:
        raise
    # Pillow's decoders fail on broken files with whatever they stumbled over.
    except Exception as error:
        raise PhotoRefused(_("这张照片坏了或没传完整，请再拍一次。")) from error


def _encoded(image: Image.Image) -> bytes:
    """As JPEG on white, with nothing but the pixels."""
    opaque = Image.new("RGB", image.size, "white")
    layer = image.convert("RGBA")
    opaque.paste(layer, mask=layer.getchannel("A"))
    written = io.BytesIO()
    opaque.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()
