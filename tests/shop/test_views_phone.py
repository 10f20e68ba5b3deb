"""装到手机上: the manifest, the worker, the door's card."""

import json
import re

from django.contrib.staticfiles import finders
from django.urls import reverse


def test_the_manifest_names_icons_that_are_there(client):
    response = client.get(reverse("manifest"))
    assert response["Content-Type"] == "application/manifest+json"
    said = json.loads(response.content)
    assert (said["start_url"], said["display"]) == ("/", "standalone")
    sizes = {(each["sizes"], each["purpose"]) for each in said["icons"]}
    assert sizes == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    assert all(finders.find(each["src"].removeprefix("/static/")) for each in said["icons"])


def test_the_worker_is_a_script_at_the_root_and_keeps_files_that_are_there(client):
    response = client.get("/sw.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert "no-cache" in response["Cache-Control"]
    files = re.findall(r'"/static/([^"]+\.(?:css|js|svg))"', response.content.decode())
    assert len(files) == 4
    assert all(finders.find(name) for name in files)


def test_the_page_without_a_network_is_nobodys(client, resident, home):
    client.force_login(resident)
    page = client.get(reverse("offline")).content.decode()
    assert "现在没有网络" in page
    assert home.door not in page
    assert resident.name not in page


def test_the_doors_card_says_which_door_and_leads_staff_to_it(client, resident, home):
    client.force_login(resident)
    page = client.get(reverse("my-card")).content.decode()
    assert home.door in page
    assert "<svg" in page
    assert resident.name not in page


def test_shop_pages_can_be_installed(client, resident):
    client.force_login(resident)
    page = client.get(reverse("my-card")).content.decode()
    assert f'<link rel="manifest" href="{reverse("manifest")}">' in page
    assert f'content="{reverse("service-worker")}"' in page
