"""Photos and scans of invoices: what may be kept of an upload."""

from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from inventory import pictures
from inventory.errors import PhotoRefused

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
    data = pictures.read(upload)
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-2048:]:
            raise PhotoRefused(_("这个 PDF 没有传完整，请再传一次。"))
        return Photo(data, PDF)
    try:
        return Photo(pictures.small_jpeg(data), JPEG)
    except pictures.NoPicture as error:
        raise PhotoRefused(_("认不出这张图，只收 JPG、PNG、WebP 照片和 PDF。")) from error
