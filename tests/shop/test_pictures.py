"""Photos of goods: what is kept of them, which sizes there are, and what a page asks for."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.urls import reverse
from oscar.core.loading import get_model
from PIL import Image

from inventory.errors import PhotoRefused
from shop import pictures, shelves
from tests import factories

ProductImage = get_model("catalogue", "ProductImage")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋")


def with_place() -> bytes:
    """A photo that says where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Phone"
    exif.get_ifd(0x8825)[1] = "N"
    return factories.picture(size=(900, 600), exif=exif)


def files(media) -> list[str]:
    return sorted(path.name for path in media.rglob("*.*"))


def test_every_size_is_there_before_anybody_asks(eggs, media, django_capture_on_commit_callbacks):
    pictures.put(eggs.record.product, with_place())
    image = ProductImage.objects.get()
    stem = image.original.name.removeprefix("goods/").removesuffix(".jpg")
    assert files(media) == sorted(
        f"{stem}{size}" for size in (".jpg", "-160.webp", "-320.jpg", "-320.webp", "-640.webp")
    )
    for path in media.rglob("*.*"):
        with Image.open(path) as size:
            assert not size.getexif(), path.name
    with Image.open(media / "goods" / f"{stem}-320.webp") as small:
        assert (small.format, small.size) == ("WEBP", (320, 320))


def test_a_page_of_goods_asks_once(station, django_assert_num_queries):
    items = [factories.item(station, f"菜 {number}") for number in range(3)]
    for item in items:
        pictures.put(item.record.product, factories.picture())
    with django_assert_num_queries(1):
        found = pictures.for_products([item.record.product_id for item in items])
    assert set(found) == {item.record.product_id for item in items}
    with django_assert_num_queries(2):
        page = shelves.browse(station, category="", words="", quantities={})
    shown = {good.item_id: good.picture for good in page.goods}
    assert shown == {item.pk: found[item.record.product_id] for item in items}
    one = found[items[0].record.product_id]
    assert one.src.endswith("-320.jpg")
    assert one.srcset.count(".webp") == 3
    assert one.width == one.height == 320


def test_a_new_photo_takes_the_place_of_the_old(eggs, media, django_capture_on_commit_callbacks):
    product = eggs.record.product
    pictures.put(product, factories.picture())
    old = set(files(media))
    with django_capture_on_commit_callbacks(execute=True):
        pictures.put(product, factories.picture(size=(200, 300)))
    assert ProductImage.objects.count() == 1
    assert len(files(media)) == 5
    assert not old & set(files(media))
    with django_capture_on_commit_callbacks(execute=True):
        pictures.put(product, factories.picture(size=(200, 300)))
    assert len(files(media)) == 5, "the same again is the same"
    with django_capture_on_commit_callbacks(execute=True):
        pictures.take_down(product)
    assert files(media) == []
    assert pictures.for_products([product.pk]) == {}


@pytest.mark.parametrize("upload", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"%PDF-1.4 %%EOF"])
def test_what_is_no_photo_leaves_the_old_one(eggs, media, upload):
    pictures.put(eggs.record.product, factories.picture())
    before = files(media)
    with pytest.raises(PhotoRefused):
        pictures.put(eggs.record.product, upload)
    assert files(media) == before


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_by_its_header(eggs, media):
    written = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(written, "PNG")
    with pytest.raises(PhotoRefused, match="像素太多"):
        pictures.put(eggs.record.product, written.getvalue())
    assert files(media) == []


def test_what_came_by_another_way_is_made_ours(eggs, station, media, capsys):
    name = default_storage.save("images/products/a.png", ContentFile(factories.picture("PNG")))
    ProductImage.objects.create(product=eggs.record.product, original=name)
    broken = factories.item(station, "坏照片")
    name = default_storage.save("images/products/b.png", ContentFile(b"broken"))
    ProductImage.objects.create(product=broken.record.product, original=name)
    assert pictures.for_products([eggs.record.product_id, broken.record.product_id]) == {}
    call_command("make_pictures")
    assert "补好 1 张，读不出来 1 张" in capsys.readouterr().out
    assert set(pictures.for_products([eggs.record.product_id, broken.record.product_id])) == {
        eggs.record.product_id
    }
    assert not (media / "images/products/a.png").exists()
    assert pictures.make_missing() == (0, 1)
    for size in media.rglob("*-160.webp"):
        size.unlink()
    assert pictures.make_missing() == (1, 1)
    assert len(list(media.rglob("*-160.webp"))) == 1


def test_anybody_may_see_a_photo_and_keep_it(client, eggs, media):
    pictures.put(eggs.record.product, factories.picture())
    picture = pictures.for_products([eggs.record.product_id])[eggs.record.product_id]
    response = client.get(picture.src)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Content-Encoding" not in response
    for other in ("/media/goods/../secret_key", "/media/goods/x.jpg", "/media/other.jpg"):
        assert client.get(other).status_code == 404


def test_photos_below_the_first_screen_come_when_they_are_near(client, station, resident):
    for number in range(6):
        item = factories.item(station, f"菜{number}")
        pictures.put(item.record.product, factories.picture())
    client.force_login(resident)
    page = client.get(reverse("home")).text
    assert page.count("<picture>") == 6
    assert page.count('loading="lazy"') == 2


def test_the_clerk_puts_a_photo_up_and_takes_it_down(client, staff, eggs, resident, media):
    address = reverse("station-good-photo", args=[eggs.pk])
    client.force_login(staff)
    photo = ContentFile(factories.picture(), name="../../x.jpg")
    response = client.post(address, {"photo": photo}, follow=True)
    assert "照片放好了，居民马上就能看到。" in response.text
    assert "换成这张" in response.text
    client.force_login(resident)
    shop = client.get(reverse("home")).text
    # On the first screen: it comes with the page.
    assert 'loading="lazy"' not in shop
    assert 'width="320" height="320"' in shop
    client.force_login(staff)
    assert "先选一张照片。" in client.post(address, follow=True).text
    bad = ContentFile(b"x", name="x.jpg")
    assert "认不出这张图" in client.post(address, {"photo": bad}, follow=True).text
    assert ProductImage.objects.count() == 1
    client.post(address, {"take_down": "1"})
    assert ProductImage.objects.count() == 0


@pytest.mark.parametrize("who", ["resident", "courier", "leader", "stranger"])
def test_nobody_else_does(client, request, who, eggs):
    client.force_login(request.getfixturevalue(who))
    photo = ContentFile(factories.picture(), name="x.jpg")
    response = client.post(reverse("station-good-photo", args=[eggs.pk]), {"photo": photo})
    assert response.status_code in {302, 403, 404}
    assert not ProductImage.objects.exists()
    assert client.get(reverse("station-good-photo", args=[eggs.pk])).status_code in {403, 405}


def test_oscars_dashboard_shows_them(client, manager, station, eggs):
    from shop import appointments

    appointments.work_at(station, manager, "manager")
    pictures.put(eggs.record.product, factories.picture())
    client.force_login(manager)
    page = client.get(reverse("dashboard:catalogue-product-list"))
    assert page.status_code == 200
    assert "-320.jpg" in page.text
