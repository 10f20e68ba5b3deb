"""Every address of the station, by who it is for."""

from django.conf import settings
from django.conf.urls.static import static
from django.urls import include, path

from shop.views import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("", include("shop.urls")),
    path("", include("delivery.urls")),
    path("", include("inventory.urls")),
    path("dashboard/", include("shop.dashboard")),
]
if settings.DEBUG:
    urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
