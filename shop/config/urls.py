"""Every address of the station, by who it is for."""

from django.urls import include, path, re_path
from django.views.i18n import set_language

from shop import pictures
from shop.views import health, photos

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("language/", set_language, name="set-language"),
    path("", include("shop.urls")),
    path("", include("delivery.urls")),
    path("", include("inventory.urls")),
    path("dashboard/", include("shop.dashboard")),
    # In production the proxy gives them out itself (deploy/Caddyfile).
    re_path(rf"^media/{pictures.FOLDER}/({pictures.NAME})$", photos.of_good, name="photo"),
]
