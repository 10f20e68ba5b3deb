"""Photos of invoices: judged by content, made small, stripped, and refused in one sentence."""

import io
import struct
import zlib

import pytest
from PIL import Image

from inventory import pictures
from inventory.errors import PhotoRefused
from inventory.receipts import photos


def picture(kind="JPEG", size=(3000, 1000), mode="RGB", colour="red", **options) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, colour).save(written, kind, **options)
    return written.getvalue()


def opened(photo: photos.Photo) -> Image.Image:
    assert photo.content_type == "image/jpeg"
    return Image.open(io.BytesIO(photo.data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_small_jpeg(kind):
    image = opened(photos.checked(picture(kind)))
    assert (image.format, image.size, image.mode) == ("JPEG", (2000, 667), "RGB")


def test_a_small_one_keeps_its_size():
    assert opened(photos.checked(picture(size=(640, 480)))).size == (640, 480)


def test_what_the_phone_wrote_into_it_is_gone_and_it_stands_upright():
    exif = Image.Exif()
    exif[0x0110] = "SECRETPHONE"
    exif[0x0112] = 6  # to be turned by 90°
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 0.0)
    data = picture(size=(400, 100), exif=exif, icc_profile=b"profile" * 20)
    assert b"SECRETPHONE" in data
    image = opened(photos.checked(data))
    assert image.size == (100, 400)
    assert (dict(image.getexif()), image.info.get("icc_profile")) == ({}, None)


def test_a_transparent_scan_lies_on_white():
    photo = photos.checked(picture("PNG", (10, 10), "RGBA", (0, 0, 0, 0)))
    assert opened(photo).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(("mode", "colour"), [("P", 3), ("L", 7), ("1", 1), ("CMYK", (1, 2, 3, 4))])
def test_whatever_its_colours(mode, colour):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(photos.checked(picture(kind, (20, 20), mode, colour))).mode == "RGB"


def test_a_pdf_is_kept_as_it_came():
    data = b"%PDF-1.7\n...\n%%EOF\n"
    assert photos.checked(io.BytesIO(data)) == photos.Photo(data, "application/pdf")


def test_what_was_checked_is_not_made_worse_again():
    photo = photos.checked(picture())
    assert photos.checked(photo) is photo


def bomb(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes that claims so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checked = name + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "是空的"),
        (b"x" * (pictures.MAX_BYTES + 1), "最多 10 MB"),
        (b"<script>alert(1)</script>", "认不出这张图"),
        (b"\x89PNG\r\n\x1a\n", "认不出这张图"),
        (b"GIF89a" + b"\0" * 40, "认不出这张图"),
        (b"%PDF-1.7 cut off", "没有传完整"),
        (bomb(13_000, 13_000), "像素太多"),
        (bomb(25_001, 1_000), "像素太多"),
        (bomb(100_000, 100_000), "像素太多|坏了"),
        (bomb(100, 100), "坏了或没传完整"),
        (picture()[:2000], "坏了或没传完整"),
    ],
)
def test_what_is_no_photo(data, sentence):
    with pytest.raises(PhotoRefused, match=sentence):
        photos.checked(data)


def test_nothing_is_decoded_before_the_pixels_are_counted(monkeypatch):
    def never(self):
        raise AssertionError("decoded")

    monkeypatch.setattr(Image.Image, "load", never)
    with pytest.raises(PhotoRefused, match="像素太多"):
        photos.checked(bomb(13_000, 13_000))


def test_the_largest_photo_that_is_taken():
    data = picture(size=(10_000, 5_000), quality=5)
    assert opened(photos.checked(data)).size == (2000, 1000)
    with pytest.raises(PhotoRefused, match="像素太多"):
        photos.checked(picture(size=(10_000, 5_001), quality=5))
