"""The part of Oscar's dashboard the station uses: the catalogue, for managers.

Orders, stock and money have rules of their own here (reserved, in the ledger, in a parcel);
Oscar's pages for them would go around those rules, so they have no address.
"""

from django.apps import apps
from django.urls import include, path
from django.views.generic import RedirectView

from shop.views import catalogue

app_name = "dashboard"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="dashboard:catalogue-product-list"), name="index"),
    path("login/", RedirectView.as_view(pattern_name="login"), name="login"),
    path("logout/", RedirectView.as_view(pattern_name="logout"), name="logout"),
    # Goods with a history stay: they are taken off sale instead.
    path(
        "catalogue/products/<int:pk>/delete/",
        catalogue.take_off_sale,
        name="catalogue-product-delete",
    ),
    # And new ones come in with a list.
    path("catalogue/products/create/", catalogue.from_a_list, name="catalogue-product-create"),
    path("catalogue/products/create/<slug:product_class_slug>/", catalogue.from_a_list),
    path(
        "catalogue/products/<int:parent_pk>/create-variant/",
        catalogue.from_a_list,
        name="catalogue-product-create-child",
    ),
    path("catalogue/", include(apps.get_app_config("catalogue_dashboard").urls[0])),
]
