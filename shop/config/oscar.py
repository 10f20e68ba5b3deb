"""Oscar's settings: its defaults, and what the station changes of them.

Forks live in `shop/forks/`; each is listed in `shop/forks/register.toml` with its reason.
"""

from django.utils.translation import gettext_lazy as _
from oscar import INSTALLED_APPS
from oscar.defaults import *  # noqa: F403  (settings are a namespace, this is how Oscar ships them)

#: Oscar's apps by label, ours instead of the ones we fork.
OSCAR_FORKS = {
    "oscar.apps.dashboard.apps.DashboardConfig": "shop.forks.dashboard.apps.DashboardConfig",
    "oscar.apps.partner.apps.PartnerConfig": "shop.forks.partner.apps.PartnerConfig",
}
OSCAR_APPS = [OSCAR_FORKS.get(name, name) for name in INSTALLED_APPS if name.startswith("oscar.")]

OSCAR_SHOP_NAME = _("惠民驿站")
OSCAR_SHOP_TAGLINE = _("进价卖菜，送到门口")
OSCAR_DEFAULT_CURRENCY = "CNY"
OSCAR_CURRENCY_FORMAT = {"CNY": {"format": "¥#,##0.00", "currency_digits": True}}
OSCAR_SLUG_ALLOW_UNICODE = True
OSCAR_ALLOW_ANON_CHECKOUT = False
OSCAR_ALLOW_ANON_REVIEWS = False
OSCAR_SAVE_SENT_EMAILS_TO_DB = False
OSCAR_PRODUCTS_PER_PAGE = 20
# Photos and their sizes are ours to make and to delete (shop/pictures.py).
OSCAR_THUMBNAILER = "shop.pictures.Thumbnails"
OSCAR_DELETE_IMAGE_FILES = False

# An order's life as Oscar's dashboard shows it; `shop/receivers.py` moves it on.
OSCAR_INITIAL_ORDER_STATUS = "placed"
OSCAR_INITIAL_LINE_STATUS = "placed"
OSCAR_ORDER_STATUS_PIPELINE = {
    "placed": ("packed", "cancelled"),
    "packed": ("on the way", "placed"),
    "on the way": ("delivered", "not delivered"),
    "not delivered": ("on the way", "delivered"),
    "delivered": ("not delivered",),
    "taken": (),
    "cancelled": (),
}

#: Only what `shop/dashboard.py` gives an address.
OSCAR_DASHBOARD_NAVIGATION = [
    {
        "label": _("Catalogue"),
        "icon": "fas fa-sitemap",
        "children": [
            {"label": _("Products"), "url_name": "dashboard:catalogue-product-list"},
            {"label": _("Categories"), "url_name": "dashboard:catalogue-category-list"},
            {"label": _("Product Types"), "url_name": "dashboard:catalogue-class-list"},
            {"label": _("Low stock alerts"), "url_name": "dashboard:stock-alert-list"},
        ],
    },
]
