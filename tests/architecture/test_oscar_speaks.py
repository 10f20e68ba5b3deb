"""What is left of Oscar's own pages, the manager's catalogue, in both languages: its words have
holes."""

import pytest
from django.db import transaction
from django.urls import NoReverseMatch, get_resolver, reverse
from oscar.core.loading import get_model

from shop import appointments, dashboard
from tests import factories
from tests.architecture.test_answers_speak import Forms, fillings, is_page
from tests.architecture.test_languages import leftovers

Product = get_model("catalogue", "Product")
#: What Oscar's templates say to screen readers past any catalogue.
PAST = {"Close", "Toggle", "navigation", "breadcrumb"}
#: Of the pages about one thing, which: every table has one row, the first.
ONE = {
    "catalogue": ["AttributeOptionGroup", "Option"],
}


@pytest.fixture
def product(station, manager):
    appointments.work_at(station, manager, "manager")
    for label, names in ONE.items():
        for name in names:
            get_model(label, name).objects.create(name="无")
    return factories.item(station, "青菜").record.product


def addresses(product) -> dict[str, str]:
    """All that the dashboard gives an address, by name."""
    found = {}
    [resolver] = [
        each for each in get_resolver().url_patterns
        if getattr(each, "urlconf_module", None) is dashboard
    ]  # fmt: skip
    for name in {str(name) for name in resolver.reverse_dict if isinstance(name, str)}:
        kind = product.product_class
        category = product.categories.first()
        for about in ([], [product.pk], [kind.slug], [category and category.pk], [1]):
            try:
                found[name] = reverse(f"dashboard:{name}", args=about)
                break
            except NoReverseMatch:
                continue
    return found


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_the_catalogue(client, product, manager, language):
    client.force_login(manager)
    # What Oscar itself does not bear (a form without its slug) says nothing of ours.
    client.raise_request_exception = False
    left, seen, headers = {}, 0, {"accept-language": language}
    for name, address in addresses(product).items():
        page = client.get(address, headers=headers, follow=True)
        answers = [page]
        for action, fields in Forms(page.content.decode()).found if is_page(page) else ():
            if action in ("", address):
                with transaction.atomic():
                    *_others, empty, _nonsense = fillings(fields)
                    answers.append(client.post(address, empty, headers=headers, follow=True))
                    transaction.set_rollback(True)
        for answer in (each for each in answers if each.status_code < 500 and is_page(each)):
            seen += 1
            for word in leftovers(answer.content.decode(), language) - PAST:
                left.setdefault(word, name)
    if left:
        pytest.fail("\n".join(f"{word}: {where}" for word, where in sorted(left.items())))
    assert seen > 10
