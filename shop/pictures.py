"""Photos of goods: Oscar's `ProductImage`, with the sizes that phones ask for beside it.

A photo's name says whose it is and what is in it, the names of its sizes follow from it: a page
needs no query for them, a phone may keep them for ever, and nothing is made while somebody waits.
The libraries that Oscar and others use (sorl-thumbnail, easy-thumbnails) keep a row per size, ask
for it picture by picture, and make what is missing in the request that shows it.
"""

import hashlib
import io
import logging
from collections.abc import Collection
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import OuterRef, Subquery
from oscar.core.loading import get_model
from PIL import Image, ImageOps

from inventory import pictures
from inventory.errors import PhotoRefused

ProductImage = get_model("catalogue", "ProductImage")

log = logging.getLogger(__name__)

FOLDER = "goods"
#: What our names look like; nothing else is given out or taken for a photo of ours.
NAME = r"[0-9]{1,19}-[0-9a-f]{16}(?:-[0-9]{3})?\.(?:jpg|webp)"
#: Square, in pixels: a tile of 72 points on plain and on sharp screens; and a good's own page.
WIDTHS = (160, 320, 640)
#: The one size for phones that cannot read WebP.
PLAIN_WIDTH = 320
QUALITY = 78


@dataclass(frozen=True)
class Picture:
    """`src` is a JPEG for everybody, `srcset` WebP in several widths; all of them are square."""

    src: str
    srcset: str
    width: int = PLAIN_WIDTH
    height: int = PLAIN_WIDTH

    @classmethod
    def named(cls, original: str) -> "Picture":
        sizes = (f"{default_storage.url(_sized(original, w))} {w}w" for w in WIDTHS)
        plain = default_storage.url(_sized(original, PLAIN_WIDTH, "jpg"))
        return cls(plain, ", ".join(sizes))


def for_products(product_ids: Collection[int]) -> dict[int, Picture]:
    """By product, of those that have a photo. One query."""
    ours = ProductImage.objects.filter(product__in=product_ids, original__startswith=f"{FOLDER}/")
    rows = ours.order_by("-display_order", "pk").values_list("product_id", "original")
    return {product_id: Picture.named(original) for product_id, original in rows}


def name_of(product: str) -> Subquery:
    """For a query, whose column `product` is a product's key: what `Picture.named` takes."""
    ours = ProductImage.objects.filter(
        product=OuterRef(product), original__startswith=f"{FOLDER}/"
    ).order_by("display_order", "-pk")
    return Subquery(ours.values("original")[:1])


def put(product, upload) -> None:
    """The photo of a good from now on. Raises `PhotoRefused`, then the old one stays."""
    name = _write(product.pk, pictures.small_jpeg(pictures.read(upload)))
    with transaction.atomic():
        before = _taken_down(product)
        ProductImage.objects.create(product=product, original=name)
        transaction.on_commit(lambda: _delete(before - {name}), robust=True)


def take_down(product) -> None:
    """The good is shown by its symbol again."""
    with transaction.atomic():
        before = _taken_down(product)
        transaction.on_commit(lambda: _delete(before), robust=True)


def _taken_down(product) -> set[str]:
    images = ProductImage.objects.select_for_update().filter(product=product)
    names = set(images.values_list("original", flat=True))
    images.delete()
    return names


def make_missing() -> tuple[int, int]:
    """Makes what `put` would have made: for photos that came by another way (Oscar's own import),
    and sizes that are gone (a backup without them). How many were mended, how many cannot be."""
    mended = broken = 0
    for image in ProductImage.objects.order_by("pk").iterator():
        before = image.original.name
        if before.startswith(f"{FOLDER}/") and all(map(default_storage.exists, _files(before))):
            continue
        try:
            with image.original.open() as file:
                name = _write(image.product_id, pictures.small_jpeg(pictures.read(file)))
        except (PhotoRefused, OSError, ValueError):
            log.warning("photo %s of product %s cannot be read", image.pk, image.product_id)
            broken += 1
            continue
        if name != before:
            ProductImage.objects.filter(pk=image.pk).update(original=name)
            if not ProductImage.objects.filter(original=before).exists():
                _delete({before})
        mended += 1
    return mended, broken


def _write(product_id: int, jpeg: bytes) -> str:
    """Keeps a photo that was checked, and its sizes; the name of the photo."""
    name = f"{FOLDER}/{product_id}-{hashlib.sha256(jpeg).hexdigest()[:16]}.jpg"
    with Image.open(io.BytesIO(jpeg)) as image:
        for width in WIDTHS:
            square = ImageOps.fit(image, (width, width), Image.Resampling.LANCZOS)
            _keep(_sized(name, width), _encoded(square, "WEBP", method=6))
            if width == PLAIN_WIDTH:
                _keep(_sized(name, width, "jpg"), _encoded(square, "JPEG", progressive=True))
    # Last: what has a photo has its sizes.
    _keep(name, jpeg)
    return name


def _encoded(image: Image.Image, kind: str, **options) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, quality=QUALITY, **options)
    return written.getvalue()


def _keep(name: str, data: bytes) -> None:
    """The same name means the same content."""
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(data))


def _sized(original: str, width: int, suffix: str = "webp") -> str:
    return f"{original.removesuffix('.jpg')}-{width}.{suffix}"


def _files(original: str) -> list[str]:
    """A photo of ours and its sizes."""
    sizes = [_sized(original, width) for width in WIDTHS]
    return [original, *sizes, _sized(original, PLAIN_WIDTH, "jpg")]


def _delete(originals: Collection[str]) -> None:
    for original in originals:
        for name in _files(original) if original.startswith(f"{FOLDER}/") else [original]:
            default_storage.delete(name)


class Thumbnails:
    """What Oscar's dashboard asks for a small picture (`OSCAR_THUMBNAILER`)."""

    @dataclass(frozen=True)
    class Small:
        url: str
        width: int = PLAIN_WIDTH
        height: int = PLAIN_WIDTH

    def generate_thumbnail(self, source, **options) -> Small:
        name = getattr(source, "name", str(source))
        small = _sized(name, PLAIN_WIDTH, "jpg") if name.startswith(f"{FOLDER}/") else name
        return self.Small(default_storage.url(small))

    def delete_thumbnails(self, source) -> None:
        """Files go with their row, after the commit (`take_down`)."""
