"""Addresses of the console that are about what is in the building, and where it comes from."""

from django.urls import include, path

from inventory.views import counts, losses, purchases, receipts, suppliers

station = [
    path("counts/", counts.counts, name="station-counts"),
    path("counts/begin/", counts.begin, name="station-count-begin"),
    path("counts/<int:pk>/", counts.count, name="station-count"),
    path("counts/<int:pk>/approve/", counts.approve, name="station-count-approve"),
    path("counts/<int:pk>/reopen/", counts.reopen, name="station-count-reopen"),
    path("counts/<int:pk>/cancel/", counts.cancel, name="station-count-cancel"),
    path("losses/", losses.losses_page, name="station-losses"),
    path("losses/<int:pk>/", losses.loss, name="station-loss"),
    path("purchases/", purchases.purchases, name="station-purchases"),
    path("purchases/<int:pk>/", purchases.purchase, name="station-purchase"),
    path("purchases/<int:pk>/place/", purchases.purchase_place, name="station-purchase-place"),
    path("purchases/<int:pk>/cancel/", purchases.purchase_cancel, name="station-purchase-cancel"),
    path("purchases/<int:pk>/finish/", purchases.purchase_finish, name="station-purchase-finish"),
    path("purchases/<int:pk>/split/", purchases.purchase_split, name="station-purchase-split"),
    path("purchases/<int:pk>/print/", purchases.purchase_print, name="station-purchase-print"),
    path("purchases/<int:pk>/export/", purchases.purchase_export, name="station-purchase-export"),
    path("receipts/", receipts.receipts, name="station-receipts"),
    path("receipts/new/", receipts.receipt_new, name="station-receipt-new"),
    path("receipts/<int:pk>/", receipts.receipt, name="station-receipt"),
    path("receipts/<int:pk>/photos/", receipts.receipt_photo_add, name="station-receipt-photo-add"),
    path("receipts/photos/<int:pk>/", receipts.receipt_photo, name="station-receipt-photo"),
    path("suppliers/", suppliers.suppliers, name="station-suppliers"),
    path("suppliers/goods/", suppliers.sellers, name="station-sellers"),
    path("suppliers/<int:pk>/", suppliers.supplier, name="station-supplier"),
    path("suppliers/<int:pk>/offers/", suppliers.supplier_offers, name="station-supplier-offers"),
    path("suppliers/<int:pk>/order/", purchases.purchase_new, name="station-purchase-new"),
]

urlpatterns = [path("station/", include(station))]
