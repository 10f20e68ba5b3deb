"""Photos of a delivery: with the form, later, and looked at."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inventory.models import Receipt, ReceiptPhoto, Upload
from inventory.receipts import receiving
from inventory.receipts.photos import Photo
from tests.inventory.receipts.forms import picture, sentences, there, typed


def test_files_are_chosen_by_buttons_in_our_words(clerk, supplier, receipt):
    for address in (there(supplier=supplier), reverse("station-receipt", args=[receipt.pk])):
        text = clerk.get(address).text
        assert text.count('<label class="btn secondary shoot">') == 2
        for words, name in (("拍照", "camera"), ("选照片或 PDF", "photos")):
            pattern = rf'{words}</span><input type="file" name="{name}"[^>]*></label>'
            assert re.search(pattern, text), name
        assert "data-chosen" in text
        assert "station/receiving" in text, "names what was chosen"


def test_photos_ride_along_from_the_form_to_the_receipt(clerk, supplier, greens):
    said = typed({"good": "青菜", "units": "5", "cost": "10"}, step="rows", camera=picture())
    kept = clerk.post(there(supplier=supplier), said).context["kept"]
    tokens = [str(upload.token) for upload in kept]
    said |= {"step": "preview", "photo": tokens, "camera": "", "photos": [picture("blue")]}
    page = clerk.post(there(supplier=supplier), said)
    tokens = [str(upload.token) for upload in page.context["kept"]]
    assert len(tokens) == 2
    said |= {"step": "post", "photo": tokens, "photos": ""}
    address = clerk.post(there(supplier=supplier), said).url
    receipt = Receipt.objects.get()
    assert [photo.content_type for photo in receipt.photos.all()] == ["image/jpeg"] * 2
    assert Upload.objects.count() == 0
    # A second tap: the photos are where they belong, and nobody is told otherwise.
    page = clerk.post(there(supplier=supplier), said, follow=True)
    assert (page.redirect_chain[0][0], ReceiptPhoto.objects.count()) == (address, 2)
    assert "没有存上" not in sentences(page)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (SimpleUploadedFile("a.jpg", b"<script>", "image/jpeg"), "认不出这张图"),
        (SimpleUploadedFile("a.jpg", b"", "image/jpeg"), "是空的"),
        (SimpleUploadedFile("a.pdf", b"%PDF-" + b"x" * 10 * 1024 * 1024), "最多 10 MB"),
    ],
)
def test_a_bad_photo_is_said_and_the_rest_kept(clerk, supplier, greens, file, sentence):
    file.seek(0)
    said = typed(
        {"good": "青菜", "units": "5", "cost": "10"}, step="post", photos=[file, picture()]
    )
    response = clerk.post(there(supplier=supplier), said)
    assert (response.status_code, Receipt.objects.count()) == (400, 0)
    assert sentence in sentences(response)
    assert response.context["desk"].lines[0]["units"].value() == "5"


def test_the_ninth_photo_is_refused(clerk, supplier, greens):
    photos = [picture() for _ in range(9)]
    said = typed({"good": "青菜", "units": "5", "cost": "10"}, photos=photos)
    response = clerk.post(there(supplier=supplier), said)
    assert response.status_code == 400
    assert "最多 8 张照片" in sentences(response)
    assert len(response.context["kept"]) == 8


def test_somebody_elses_kept_photo_is_not_taken(clerk, client, supplier, greens, manager):
    said = typed({"good": "青菜", "units": "5", "cost": "10"}, photos=picture())
    [upload] = clerk.post(there(supplier=supplier), said).context["kept"]
    client.force_login(manager)
    said |= {"photos": "", "photo": [str(upload.token), "x"], "step": "post"}
    page = client.post(there(supplier=supplier), said, follow=True)
    assert ReceiptPhoto.objects.count() == 0
    assert "没有存上" in sentences(page)


def test_a_photo_is_added_later_and_looked_at(clerk, receipt):
    address = reverse("station-receipt-photo-add", args=[receipt.pk])
    assert clerk.post(address, {"camera": picture()}).status_code == 302
    [photo] = receipt.photos.all()
    answer = clerk.get(reverse("station-receipt-photo", args=[photo.pk]))
    assert (answer["Content-Type"], answer.content[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    page = clerk.get(reverse("station-receipt", args=[receipt.pk]))
    assert reverse("station-receipt-photo", args=[photo.pk]) in sentences(page)


def test_a_pdf_is_given_out_to_keep_and_never_shown(clerk, receipt, staff):
    photo = receiving.add_photo(receipt, Photo(b"%PDF-1.4", "application/pdf"), by=staff)
    answer = clerk.get(reverse("station-receipt-photo", args=[photo.pk]))
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_bad_photo_later_is_said(clerk, receipt):
    address = reverse("station-receipt-photo-add", args=[receipt.pk])
    bad = SimpleUploadedFile("a.png", b"no picture", "image/png")
    response = clerk.post(address, {"photos": bad})
    assert (response.status_code, receipt.photos.count()) == (400, 0)
    assert "认不出这张图" in sentences(response)
    assert clerk.get(address).status_code == 405
