"""Every address of the station, by who it is for."""

from django.urls import include, path, re_path

from shop import pictures
from shop.views import health, photos

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("", include("shop.urls")),
    path("", include("delivery.urls")),
    path("", include("inventory.urls")),
    path("dashboard/", include("shop.dashboard")),
    # In production the proxy gives them out itself (deploy/Caddyfile).
    re_path(rf"^media/{pictures.FOLDER}/({pictures.NAME})$", photos.of_good, name="photo"),
]
