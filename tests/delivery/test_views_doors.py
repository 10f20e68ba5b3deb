"""住户: finding a door, who sees which number, changing it, and the register in two steps."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from delivery.models import Household, Person
from inventory.models import Upload
from inventory.sheets.files import MAX_BYTES
from tests import factories, workbooks

REGISTER = [
    ["网格", "楼号", "单元", "室号", "户主", "电话", "人数"],
    ["一网格", "1", "1", "101", "周居民", "13800138000", 4],
    ["一网格", "9", "", "301", "钱新", "13800138001", 2],
    ["一网格", "9", "", "302", "孙错", "1380013800", 2],
]


@pytest.fixture
def look(client, staff):
    client.force_login(staff)
    return lambda **query: client.get(reverse("station-doors"), query)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("12幢2单元302", ["12幢 2单元 302"]),
        ("12-2-302", ["12幢 2单元 302"]),
        ("12 302", ["12幢 2单元 302"]),
        ("12号楼", ["12幢 1单元 101", "12幢 2单元 302"]),
        ("302", ["2幢 302", "12幢 2单元 302"]),
        ("2", ["2幢 302"]),
        ("2单元", ["12幢 2单元 302"]),
        ("12 1", ["12幢 1单元 101"]),
        ("东楼", ["东楼 5"]),
        ("东楼 5", ["东楼 5"]),
        ("302室", ["2幢 302", "12幢 2单元 302"]),
        ("99", []),
        ("周居民", []),
        ("  ", ["2幢 302", "12幢 1单元 101", "12幢 2单元 302", "东楼 5"]),
    ],
)
def test_a_door_is_found_by_what_is_on_its_wall(look, grid, words, found):
    for place in [("12", "2", "302"), ("12", "1", "101"), ("2", "", "302"), ("东楼", "", "5")]:
        factories.household(grid, *place)
    assert [door.door for door in look(q=words).context["doors"]] == found


def test_a_grid_is_enough(look, station, home):
    other = factories.household(factories.grid(station, "二网格"))
    assert list(look(grid=other.grid_id).context["doors"]) == [other]


@pytest.mark.parametrize("query", [{"q": "\x00"}, {"q": "x" * 99}, {"grid": "x"}, {"page": "-1"}])
def test_nonsense_is_no_error(look, home, query):
    assert look(**query).status_code == 200


def test_the_list_shows_no_whole_number(look, client, home):
    factories.person(home, "周居民", phone="13800138000")
    text = look().content.decode()
    assert "138****8000" in text
    assert "13800138000" not in text
    text = client.get(reverse("station-door", args=[home.pk])).content.decode()
    assert "13800138000" in text


def test_fifty_to_a_page(look, grid):
    for number in range(51):
        factories.household(grid, "1", "", f"{number + 100}")
    page = look(q="1")
    assert len(page.context["doors"]) == 50
    assert "?q=1&amp;page=2" in page.content.decode()
    assert len(look(q="1", page=2).context["doors"]) == 1


def test_a_doors_page_shows_its_parcels_and_offers_a_card(client, staff, station, home):
    factories.parcel(factories.round(station, "昨天的"), home, status="delivered")
    client.force_login(staff)
    text = client.get(reverse("station-door", args=[home.pk])).content.decode()
    assert "昨天的" in text
    assert "已送到" in text
    assert f'href="{reverse("station-cards")}?door={home.pk}"' in text


class TestChanging:
    @pytest.fixture
    def send(self, client, staff, home):
        client.force_login(staff)
        said = {"contact": "周居民", "people_count": 3, "newcomers_count": 0, "phone": ""}
        return lambda **more: client.post(reverse("station-door", args=[home.pk]), said | more)

    def test_what_is_typed_is_kept(self, send, home):
        page = send(people_count=5, newcomers_count=2, needs="独居老人", phone="138 0013 8000")
        assert page.url == reverse("station-door", args=[home.pk])
        home.refresh_from_db()
        assert (home.people_count, home.newcomers_count, home.needs) == (5, 2, "独居老人")
        person = home.people.get()
        assert (person.name, person.phone) == ("周居民", "13800138000")

    def test_the_contact_keeps_their_login(self, send, home, resident):
        send(contact="周改名", phone=resident.phone)
        person = Person.objects.get()
        assert (person.name, person.phone) == ("周改名", resident.phone)
        assert person.user == resident

    def test_another_phone_ends_the_login(self, client, send, home, resident):
        """A new family must not live with the old one's login behind their door."""
        send(contact="钱新", phone="13800138000")
        person = Person.objects.get()
        assert (person.name, person.phone, person.user) == ("钱新", "13800138000", None)
        # Out, and a new login sees no door.
        resident.refresh_from_db()
        assert resident.logins_ended == 1
        client.force_login(resident)
        assert client.get(reverse("my-home")).status_code == 403

    def test_nobody_is_made_of_nothing(self, send, home):
        send(contact="")
        assert not home.people.exists()

    @pytest.mark.parametrize(
        ("typed", "field", "sentence"),
        [
            ({"phone": "1380013800"}, "phone", "“1380013800”有10位数字，手机号应是11位"),
            ({"newcomers_count": 4}, "newcomers_count", "来沪人员不能比总人数多。"),
        ],
    )
    def test_a_mistake_has_its_sentence(self, send, home, typed, field, sentence):
        page = send(needs="要记住", **typed)
        assert page.status_code == 200
        form = page.context["form"]
        assert form.errors == {field: [sentence]}
        assert form["needs"].value() == "要记住"
        home.refresh_from_db()
        assert (home.people_count, home.needs) == (3, "")


class TestMovedOut:
    @pytest.fixture
    def address(self, home, resident):
        factories.person(home, "周小", phone="13800138009")
        home.needs = "独居老人"
        home.save()
        return reverse("station-door-moved-out", args=[home.pk])

    def test_people_logins_and_needs_go_and_the_parcels_stay(
        self, client, staff, station, home, resident, address
    ):
        factories.parcel(factories.round(station), home)
        client.force_login(staff)
        page = client.get(reverse("station-door", args=[home.pk]))
        assert f'action="{address}"' in page.text
        page = client.post(address, follow=True)
        assert page.redirect_chain == [(reverse("station-door", args=[home.pk]), 302)]
        assert "1幢 1单元 101的住户已搬走" in str(next(iter(page.context["messages"])))
        assert not home.people.exists()
        home.refresh_from_db()
        assert home.needs == ""
        assert home.parcels.count() == 1
        # Out, and a new login sees no door.
        resident.refresh_from_db()
        assert resident.logins_ended == 1
        client.force_login(resident)
        assert client.get(reverse("my-home")).status_code == 403

    @pytest.mark.parametrize("who", ["stranger", "resident", "leader", "courier"])
    def test_nobody_else_may(self, client, request, who, home, address):
        client.force_login(request.getfixturevalue(who))
        assert client.post(address).status_code in {403, 404}
        assert home.people.count() == 2
        assert home.people.exclude(user=None).count() == 1
        home.refresh_from_db()
        assert home.needs == "独居老人"

    def test_it_takes_a_button(self, client, staff, address):
        client.force_login(staff)
        assert client.get(address).status_code == 405


def test_needs_are_on_the_doors_own_page_and_in_no_list(client, staff, station, home):
    """docs/decisions: who sees what the register says of care."""
    home.needs = "独居老人"
    home.save()
    factories.parcel(factories.round(station), home)
    client.force_login(staff)
    for page in ("station-doors", "station-today", "station-dispatch"):
        assert "独居老人" not in client.get(reverse(page)).text
    assert "独居老人" in client.get(reverse("station-door", args=[home.pk])).text


class TestImporting:
    @pytest.fixture
    def send(self, client, staff):
        client.force_login(staff)
        return lambda content=None, name="名册.xlsx": client.post(
            reverse("station-doors-import"),
            {"file": SimpleUploadedFile(name, content or workbooks.xlsx(REGISTER))},
        )

    @pytest.fixture
    def confirm(self, client):
        return lambda page: client.post(
            reverse("station-doors-import"), {"token": page.context["upload"].token}, follow=True
        )

    def test_a_preview_changes_nothing(self, send, home):
        page = send()
        report = page.context["report"]
        assert (report.new, report.changed, report.unchanged) == (1, 1, 0)
        text = page.content.decode()
        assert "一网格 9幢 301" in text
        assert "人数 → <b>4</b>" in text
        assert "F4" in text
        assert "“1380013800”有10位数字，手机号应是11位" in text
        assert Household.objects.count() == 1
        home.refresh_from_db()
        assert home.people_count == 3

    def test_confirming_applies_what_was_seen(self, send, confirm, home):
        page = confirm(send())
        assert page.request["PATH_INFO"] == reverse("station-doors")
        said = [str(message) for message in page.context["messages"]]
        assert said == [
            "新增 1，改动 1，不变 0。",
            "有问题的 1 格没有导入，改好再传一次就行。",
        ]
        home.refresh_from_db()
        assert home.people_count == 4
        assert Household.objects.count() == 2

    def test_confirming_twice_is_harmless(self, send, confirm, home):
        preview = send()
        confirm(preview)
        home.people_count = 7
        home.save()
        page = confirm(preview)
        assert page.request["PATH_INFO"] == reverse("station-doors-import")
        [said] = [str(message) for message in page.context["messages"]]
        assert said == "这份表格已经导入过，或者放得太久了，请重新选一次。"
        home.refresh_from_db()
        assert home.people_count == 7

    def test_a_colleague_cannot_confirm_it(self, send, confirm, client, manager, home):
        preview = send()
        client.force_login(manager)
        confirm(preview)
        assert Household.objects.count() == 1

    def test_the_same_again_has_nothing_to_confirm(self, send, confirm, home):
        confirm(send())
        page = send()
        assert page.context["report"].unchanged == 2
        assert 'name="token"' not in page.content.decode()

    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (b"hello", "a.pdf", "只能读 .xlsx 或 .csv 表格，这个文件不是"),
            (workbooks.csv([["甲", "乙"], ["1", "2"]]), "a.csv", "没有找到完整的表头"),
            (b"x" * (MAX_BYTES + 1), "a.csv", "文件太大了，最多 10 MB。"),
        ],
    )
    def test_a_file_that_is_none_has_its_sentence(self, send, content, name, sentence):
        [error] = send(content, name).context["form"].errors["file"]
        assert error.startswith(sentence)

    def test_no_file_at_all(self, client, staff):
        client.force_login(staff)
        page = client.post(reverse("station-doors-import"), {})
        assert page.context["form"].errors["file"] == ["请先选一个表格。"]

    def test_nothing_of_the_file_stays_once_it_is_imported(self, send, confirm, home):
        preview = send()
        assert Upload.objects.count() == 1
        confirm(preview)
        assert not Upload.objects.exists()

    def test_a_file_without_news_is_not_kept(self, send, confirm, home):
        confirm(send())
        send()
        assert not Upload.objects.exists()

    def test_a_confirmation_that_fails_can_be_repeated(self, send, confirm, home, monkeypatch):
        preview = send()
        with monkeypatch.context() as patch:
            patch.setattr(type(Household.objects.all()), "bulk_create", lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                confirm(preview)
        confirm(preview)
        assert Household.objects.count() == 2

    def test_long_files_show_their_beginning(self, send, home):
        lines = [["一网格", "8", "", f"{100 + n}", "", "", 1] for n in range(205)]
        page = send(workbooks.xlsx([REGISTER[0], *lines]))
        assert len(page.context["lines"]) == 200
        assert "还有 5 行没有列出来，也会一起导入。" in page.content.decode()


def test_the_cost_does_not_grow(look, client, grid, station, home):
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as taken:
            client.get(address)
        return len(taken)

    look()
    pages = [reverse("station-doors"), reverse("station-door", args=[home.pk])]
    factories.person(home, phone="13800138000")
    factories.parcel(factories.round(station), home)
    before = [queries(page) for page in pages]
    for number in range(20):
        factories.person(factories.household(factories.grid(station)), "某", phone="13900139000")
        factories.person(home, f"{number}")
        factories.parcel(factories.round(station, f"{number}"), home)
    assert [queries(page) for page in pages] == before
