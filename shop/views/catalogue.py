"""What Oscar's catalogue dashboard may not do its own way."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from oscar.core.loading import get_model

Product = get_model("catalogue", "Product")


@require_http_methods(["GET", "POST"])
@login_required
def take_off_sale(request: HttpRequest, pk: int) -> HttpResponse:
    """Goods that were ever in the building stay in the ledger; they only stop being sold."""
    user = request.user
    products = Product.objects.all() if user.is_staff else Product.objects.filter(
        stockrecords__partner__users=user
    )  # fmt: skip
    if not user.is_staff and not user.has_perm("partner.dashboard_access"):
        raise PermissionDenied
    product = get_object_or_404(products.distinct(), pk=pk)
    if request.method == "GET":
        return render(request, "shop/take_off_sale.html", {"product": product})
    Product.objects.filter(pk=product.pk).update(is_public=False)
    messages.info(request, _("有进出记录的货不能删，已经下架。"))
    return redirect("dashboard:catalogue-product-list")


@login_required
def from_a_list(request: HttpRequest, **_where: object) -> HttpResponse:
    """A good made by hand has neither an item nor a move: new ones come in with a list."""
    messages.info(request, _("新货品写进货品清单，导入就有了，一行也行。"))
    return redirect("station-goods-import")
