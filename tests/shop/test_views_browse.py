"""The shop as a household sees it: what greets it, its shelves, its steppers, its favourites."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model

from delivery.models import RiskLevel
from inventory.models import BundlePart, Item
from shop import baskets, changing, favourites, ordering, pictures
from shop.models import Announcement, DoorPreferences, Favourite
from tests import factories
from tests.shop import orders

Category = get_model("catalogue", "Category")
ProductCategory = get_model("catalogue", "ProductCategory")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def open_round(station):
    return factories.round(station, "今日第二波")


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


def on_shelf(item, name: str):
    category = Category.objects.filter(name=name).first() or Category.objects.add_root(
        {"name": name}
    )
    ProductCategory.objects.create(product=item.record.product, category=category)
    return category


def bundle(station, title, parts, **fields) -> Item:
    made = factories.item(station, title, in_stock=0, selling=Item.Selling.BUNDLE, **fields)
    type(made.record).objects.filter(pk=made.record_id).update(price=None)
    for part, units in parts:
        BundlePart.objects.create(bundle=made, part=part, units=units)
    return made


def shown(page) -> list[str]:
    return [good.title for good in page.context["page"].goods]


# --- what greets ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (RiskLevel.SEALED, "封控：只能送到门口"),
        (RiskLevel.CONTROLLED, "管控：可以送到门口、卡口自提"),
        (RiskLevel.NORMAL, "常态：可以送到门口、卡口自提、到店购买"),
    ],
)
@pytest.mark.parametrize("is_open", [True, False])
def test_the_page_says_what_the_risk_level_allows(
    as_resident, grid, station, level, words, is_open
):
    if is_open:
        factories.round(station)
    type(grid).objects.filter(pk=grid.pk).update(risk_level=level)
    assert words in as_resident.get(reverse("home")).text


def test_announcements_of_the_station_and_of_the_doors_own_grid(
    as_resident, station, grid, manager, other_station
):
    now = timezone.now()
    elsewhere = factories.grid(station, "九网格")

    def tell(text, **fields):
        Announcement.objects.create(**{"station": station, "text": text, "by": manager, **fields})

    tell("驿站今天晚点开")
    tell("一网格下午测核酸", grid=grid)
    tell("九网格的事", grid=elsewhere)
    tell("别村的事", station=other_station)
    tell("过去的事", starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1))
    tell("<b>还没到", starts_at=now + timedelta(days=1))
    page = as_resident.get(reverse("home"))
    assert {one.text for one in page.context["announcements"]} == {
        "驿站今天晚点开",
        "一网格下午测核酸",
    }
    assert "驿站今天晚点开" in page.text
    assert "announcements" not in as_resident.get(reverse("home"), {"q": "菜"}).context


def test_what_was_taken_out_of_the_last_order_is_not_named(
    as_resident, resident, home, station, open_round
):
    eggs, greens = factories.item(station, "鲜鸡蛋"), factories.item(station, "上海青")
    order = orders.place(open_round, home, (eggs, 1), (greens, 1))
    changing.change(order, {eggs.record_id: 0}, by=resident)
    assert as_resident.get(reverse("home")).context["last_order"].titles == ["上海青"]


def test_the_last_order_is_one_tap_away(as_resident, resident, home, station, open_round):
    assert as_resident.get(reverse("home")).context["last_order"] is None
    basket = baskets.for_door(resident, home)
    for number in range(4):
        baskets.set_quantity(basket, factories.item(station, f"菜 {number}").record_id, 1)
    order = ordering.place(basket, household=home, round=open_round, by=resident)
    last = as_resident.get(reverse("home")).context["last_order"]
    assert (last.number, list(last.titles)) == (order.number, ["菜 0", "菜 1", "菜 2", "菜 3"])
    ordering.cancel(order, by=resident)
    assert as_resident.get(reverse("home")).context["last_order"] is None


def test_who_lived_there_before_ordered_something_else(
    as_resident, resident, home, station, open_round
):
    basket = baskets.for_door(resident, home)
    baskets.set_quantity(basket, factories.item(station).record_id, 1)
    ordering.place(basket, household=home, round=open_round, by=resident)
    home.lived_in_since = timezone.now()
    home.save()
    assert as_resident.get(reverse("home")).context["last_order"] is None


# --- shelves ----------------------------------------------------------------------------------


def test_categories_at_the_side_and_one_of_them_at_the_right(as_resident, station):
    greens = on_shelf(factories.item(station, "青菜"), "蔬菜")
    on_shelf(factories.item(station, "鸡蛋"), "蛋奶")
    factories.item(station, "没分类的")
    page = as_resident.get(reverse("home"))
    assert list(page.context["page"].shelves.values()) == ["蔬菜", "蛋奶", "其他"]
    assert shown(page) == ["青菜"]
    assert shown(as_resident.get(reverse("home"), {"category": "other"})) == ["没分类的"]
    assert shown(as_resident.get(reverse("home"), {"category": greens.pk})) == ["青菜"]
    assert shown(as_resident.get(reverse("home"), {"category": "99999"})) == ["青菜"]


def test_a_good_says_what_it_costs_and_what_is_left_of_it(as_resident, station):
    item = factories.item(station, "小排", price="48.00", weight_g=1000, in_stock=12)
    Item.objects.filter(pk=item.pk).update(household_limit=1, cold=True)
    text = as_resident.get(reverse("home")).text
    for words in ("¥48.00", "每斤 24.00", "剩 12 份", "每户限 1 份", "冷藏"):
        assert words in text
    Item.objects.filter(pk=item.pk).update(selling="preorder", household_limit=None)
    text = as_resident.get(reverse("home")).text
    for words in ("预订", "封顶", "截单后才去买，便宜了退差价"):
        assert words in text
    plenty = factories.item(station, "盐", in_stock=500)
    assert reverse("book-good", args=[plenty.pk]) in as_resident.get(reverse("home")).text


def test_search_by_initials_and_what_was_probably_meant(as_resident, station):
    factories.item(station, "鲜鸡蛋 30 枚")
    assert shown(as_resident.get(reverse("home"), {"q": "jd"})) == ["鲜鸡蛋 30 枚"]
    page = as_resident.get(reverse("home"), {"q": "jidna"})
    assert shown(page) == ["鲜鸡蛋 30 枚"]
    assert "没有叫“jidna”的，您找的是不是：" in page.text
    assert "没找到“&lt;b&gt;”" in as_resident.get(reverse("home"), {"q": "<b>"}).text


@pytest.mark.parametrize("address", ["{home}?category={shelf}", "{home}?q=菜", "{home}"])
def test_a_category_costs_at_most_12_queries_with_3_goods_and_with_60(
    as_resident, station, grid, manager, open_round, address, django_assert_max_num_queries
):
    goods = [factories.item(station, f"菜 {number}") for number in range(60)]
    eggs = factories.item(station, "菜蛋")
    shelf = on_shelf(bundle(station, "菜套餐", [(eggs, 2)]), "蔬菜")
    announced = {"station": station, "text": "有事", "by": manager}
    Announcement.objects.create(**announced)
    address = address.format(home=reverse("home"), shelf=shelf.pk)

    def fill(items):
        for item in items:
            on_shelf(item, "蔬菜")
            as_resident.post(reverse("basket-change"), {"record": item.record_id, "quantity": 1})
            as_resident.post(reverse("favourite"), {"keep": f"{item.pk}:1"})

    def queries() -> int:
        with django_assert_max_num_queries(12) as captured:
            assert as_resident.get(address).status_code == 200
        return len(captured)

    fill(goods[:3])
    few = queries()
    fill(goods[3:])
    Announcement.objects.create(**announced)
    assert queries() == few


# --- bundles ----------------------------------------------------------------------------------


def test_a_bundle_costs_what_its_parts_cost_and_there_are_as_many_as_they_make(
    as_resident, station
):
    eggs = factories.item(station, "鸡蛋", price="27.50", in_stock=9, unit="板")
    greens = factories.item(station, "青菜", price="6.40", in_stock=100)
    made = bundle(station, "生鲜套餐", [(eggs, 2), (greens, 1)])
    good = next(g for g in as_resident.get(reverse("home")).context["page"].goods if g.parts)
    assert (good.title, str(good.price), good.left) == ("生鲜套餐", "61.40", 4)
    page = as_resident.get(reverse("good", args=[made.pk])).text
    for words in ("里面有", "鸡蛋", "2 板", "¥55.00", "¥6.40", "¥61.40"):
        assert words in page
    type(eggs.record.product).objects.filter(pk=eggs.record.product_id).update(is_public=False)
    assert "生鲜套餐" not in shown(as_resident.get(reverse("home"))), "a part is off sale"
    assert as_resident.get(reverse("good", args=[made.pk])).status_code == 404


# --- one good ---------------------------------------------------------------------------------


def test_a_good_has_a_page_of_its_own(as_resident, station, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    item = factories.item(station, "鲜鸡蛋", unit="板", in_stock=70)
    product = item.record.product
    product.description = "<p>当天<script>alert(1)</script>的蛋</p>"
    product.save()
    shelf = on_shelf(item, "蛋奶")
    pictures.put(product, factories.picture())
    page = as_resident.get(reverse("good", args=[item.pk])).text
    assert "还有 70 板" in page
    assert "当天alert(1)的蛋" in page
    assert reverse("book-good", args=[item.pk]) in page
    assert f"?category={shelf.pk}#good-{item.record_id}" in page
    assert "-640.webp 640w" in page


def test_no_page_of_what_is_not_sold_here(as_resident, station, other_station):
    off = factories.item(station)
    type(off.record.product).objects.filter(pk=off.record.product_id).update(is_public=False)
    elsewhere = factories.item(other_station)
    for pk in (off.pk, elsewhere.pk, 10**18, 10**30):
        assert as_resident.get(f"/goods/{pk}/").status_code == 404


# --- steppers ---------------------------------------------------------------------------------


def test_a_stepper_that_fails_says_why_at_once(as_resident, station):
    item = factories.item(station)
    type(item.record.product).objects.filter(pk=item.record.product_id).update(is_public=False)
    answer = as_resident.post(
        reverse("basket-change"), {"record": item.record_id, "quantity": 1}, headers=HTMX
    )
    assert answer.status_code == 200
    assert "这样货现在不卖了。" in answer.text


def test_a_stepper_knows_how_many_there_are_to_be_had(as_resident, station):
    item = factories.item(station, in_stock=2)
    said = {"set": f"{item.record_id}:2"}
    answer = as_resident.post(reverse("basket-change"), said, headers=HTMX).text
    assert f'name="set" value="{item.record_id}:1"' in answer
    assert f'name="set" value="{item.record_id}:3"' in answer
    assert 'data-now="2" data-most="2"' in answer
    assert answer.count("disabled") == 1, "there is no third"


# --- favourites -------------------------------------------------------------------------------


def test_what_has_a_heart_is_on_the_first_shelf(as_resident, resident, home, station):
    on_shelf(factories.item(station, "青菜"), "蔬菜")
    eggs = factories.item(station, "鸡蛋")
    on_shelf(eggs, "蛋奶")
    said = {"keep": f"{eggs.pk}:1", "back": "/?category=3"}
    assert as_resident.post(reverse("favourite"), said).url == "/?category=3"
    page = as_resident.get(reverse("home"))
    assert list(page.context["page"].shelves.values()) == ["常买", "蔬菜", "蛋奶"]
    assert shown(page) == ["鸡蛋"]
    assert page.context["page"].goods[0].kept
    as_resident.post(reverse("favourite"), said)
    assert Favourite.objects.count() == 1, "twice is once"
    answer = as_resident.post(reverse("favourite"), said | {"keep": f"{eggs.pk}:0"}, headers=HTMX)
    assert 'aria-pressed="false"' in answer.text
    assert list(as_resident.get(reverse("home")).context["page"].shelves.values()) == [
        "蔬菜",
        "蛋奶",
    ]


def test_a_heart_is_of_one_door(as_resident, client, neighbour, station):
    item = factories.item(station)
    as_resident.post(reverse("favourite"), {"keep": f"{item.pk}:1"})
    client.force_login(neighbour)
    assert "常买" not in client.get(reverse("home")).context["page"].shelves.values()


@pytest.mark.parametrize("said", [{}, {"keep": "x:1"}, {"keep": "1:2"}, {"keep": "1"}])
def test_a_heart_that_says_nothing(as_resident, said):
    assert as_resident.post(reverse("favourite"), said).status_code == 400


@pytest.mark.parametrize("pk", [None, 10**15, 2**63])
def test_no_heart_for_what_another_station_sells(as_resident, other_station, pk):
    pk = pk or factories.item(other_station).pk
    response = as_resident.post(reverse("favourite"), {"keep": f"{pk}:1"})
    assert response.status_code in {302, 400}
    assert not Favourite.objects.exists()
    assert as_resident.get(reverse("favourite")).status_code == 405


def test_hearts_leave_with_the_family(home, station):
    favourites.toggle(home, factories.item(station).pk, True)
    favourites.forget(home)
    assert not Favourite.objects.exists()


# --- 长辈版 -----------------------------------------------------------------------------------


def test_the_look_is_remembered_for_the_door(as_resident, client, home, station, neighbour):
    on_shelf(factories.item(station, "青菜"), "蔬菜")
    assert 'class="elder"' not in as_resident.get(reverse("home")).text
    said = {"on": "1", "back": "/?category=2"}
    assert as_resident.post(reverse("elder"), said).url == "/?category=2"
    assert DoorPreferences.objects.get().household == home
    for name in ("home", "checkout", "my-home"):
        assert 'class="elder"' in as_resident.get(reverse(name)).text
    client.force_login(neighbour)
    assert 'class="elder"' not in client.get(reverse("home")).text
    client.force_login(home.people.get().user)
    client.post(reverse("elder"), {"on": "0"})
    assert 'class="elder"' not in client.get(reverse("home")).text
    assert client.post(reverse("elder"), {"on": "x"}).status_code == 400
    assert client.get(reverse("elder")).status_code == 405


def test_who_orders_for_another_changes_nothing_there(client, leader, grid):
    silent = factories.household(grid, "1", "2", "201")
    DoorPreferences.objects.create(household=silent, elder=True)
    client.force_login(leader)
    client.post(reverse("leader-order-for", args=[silent.pk]))
    page = client.get(reverse("home")).text
    assert 'class="elder"' not in page
    assert "长辈版" not in page
    client.post(reverse("elder"), {"on": "0"})
    assert DoorPreferences.objects.get().elder
