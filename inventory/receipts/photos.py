"""Photos and scans of invoices: checked by their content, made small, and rid of what a phone
writes into them (place, device, time).

A file's name and the type a browser claims say nothing; its first bytes do. The number of pixels
is read from the header, before anything is decoded: a 20 KB file may unpack to a gigabyte.
"""

import io
from dataclasses import dataclass
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
JPEG, PDF = "image/jpeg", "application/pdf"


@dataclass(frozen=True)
class Photo:
    """What may be kept: a JPEG made here, or a PDF as it came."""

    data: bytes
    content_type: str


def checked(upload: "Photo | bytes | BinaryIO") -> Photo:
    """The photo or scan in an upload, fit to be kept. Raises `PhotoRefused`."""
    if isinstance(upload, Photo):
        return upload
    data = _read(upload)
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-2048:]:
            raise PhotoRefused(_("这个 PDF 没有传完整，请再传一次。"))
        return Photo(data, PDF)
    return Photo(_small_jpeg(data), JPEG)


def _read(upload: bytes | BinaryIO) -> bytes:
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


def _small_jpeg(data: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=list(MAX_PIXELS)) as image:
            if image.width * image.height > MAX_PIXELS[image.format or ""]:
                raise PhotoRefused(_("照片的像素太多了，请用普通大小再拍一次。"))
            image.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((SIDE, SIDE))
            return _encoded(upright)
    except Image.UnidentifiedImageError as error:
        raise PhotoRefused(_("认不出这张图，只收 JPG、PNG、WebP 照片和 PDF。")) from error
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
