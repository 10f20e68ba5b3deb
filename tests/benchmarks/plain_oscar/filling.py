"""Makes the plain shop: `python -m tests.benchmarks.plain_oscar.filling GOODS RESIDENTS`.

In a process of its own, because a process knows one set of settings. Says as JSON where the goods
are and who is logged in. The residents have ordered before: their address is in their book.
"""

import json
import os
import sys
from decimal import Decimal

import django


def fill(goods: int, residents: int) -> dict:
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client
    from oscar.core.loading import get_model

    Category = get_model("catalogue", "Category")
    Product = get_model("catalogue", "Product")
    StockRecord = get_model("partner", "StockRecord")
    country = get_model("address", "Country").objects.create(
        iso_3166_1_a2="CN", iso_3166_1_a3="CHN", name="China", printable_name="China"
    )
    kind = get_model("catalogue", "ProductClass").objects.create(name="Goods")
    partner = get_model("partner", "Partner").objects.create(name="Station")
    shelf = Category.objects.add_root({"name": "Goods"})
    for number in range(goods):
        product = Product.objects.create(product_class=kind, title=f"Good {number}")
        product.categories.add(shelf)
        StockRecord.objects.create(
            product=product,
            partner=partner,
            partner_sku=str(number),
            price=Decimal("6.40"),
            num_in_stock=10_000_000,
        )
    people = []
    for number in range(residents):
        user = User.objects.create(username=str(number), email=f"{number}@station.example")
        address = user.addresses.create(
            first_name="Li", last_name="Lei", line1=f"1-{number}", line4="Village", country=country
        )
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        people.append({"session": session, "address": address.pk})
    return {"category": shelf.get_absolute_url(), "people": people}


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.plain_oscar.settings"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    filled = fill(*(int(word) for word in sys.argv[1:]))
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(json.dumps(filled))


if __name__ == "__main__":
    main()
