"""Photos of goods: given out to anybody, put up and taken down by who works at the station."""

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from inventory.access import staff_required
from inventory.errors import PhotoRefused
from inventory.models import Item
from shop import pictures


@require_safe
def of_good(request: HttpRequest, name: str) -> FileResponse:
    """A file that `shop.pictures` made. Its name says what is in it, so it may be kept for ever."""
    try:
        file = default_storage.open(f"{pictures.FOLDER}/{name}")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_POST
@staff_required
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """`photo`: what everybody sees of the good from now on; without one it has its symbol again."""
    items = Item.objects.filter(record__partner=request.station.partner_id)
    product = get_object_or_404(items.select_related("record__product"), pk=pk).record.product
    if "take_down" in request.POST:
        pictures.take_down(product)
        messages.success(request, _("照片拿掉了，居民看到的是图标。"))
    elif upload := request.FILES.get("photo"):
        try:
            pictures.put(product, upload)
        except PhotoRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("照片放好了，居民马上就能看到。"))
    else:
        messages.error(request, _("先选一张照片。"))
    return redirect("station-good", pk=pk)
