"""Addresses of residents, leaders and of what in the console touches Oscar."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from shop.views import (
    book,
    checkout,
    counter,
    door_code,
    goods,
    group_buys,
    home,
    leaders,
    logins,
    orders,
    restock,
    slips,
)

#: Names that Oscar's own templates and models ask for; each leads to our page for it.
oscar_names = {
    "customer": [path("me/", home.my_home, name="summary")],
    "catalogue": [
        path("goods/", RedirectView.as_view(pattern_name="home"), name="index"),
        path("goods/<path:product_slug>_<int:pk>/", home.product, name="detail"),
        path("goods/<path:category_slug>-<int:pk>/", home.category, name="category"),
    ],
}

urlpatterns = [
    path("", home.home, name="home"),
    path("basket/change/", home.basket_change, name="basket-change"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("orders/", orders.order_list, name="order-list"),
    path("orders/<str:number>/", orders.order_detail, name="order-detail"),
    path("orders/<str:number>/cancel/", orders.order_cancel, name="order-cancel"),
    path("my-home/", home.my_home, name="my-home"),
    path("login/", logins.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("join/", logins.join, name="join"),
    path("leader/", leaders.doors, name="leader-doors"),
    path("leader/order-for/<int:pk>/", leaders.order_for, name="leader-order-for"),
    path("leader/told/<int:pk>/", leaders.told, name="leader-told"),
    path("leader/stop/", leaders.stop, name="leader-stop"),
    path("leader/group-buys/", group_buys.leader, name="leader-group-buys"),
    path("station/group-buys/", group_buys.station, name="station-group-buys"),
    path("station/slips/", slips.slips, name="station-slips"),
    path("station/slips/scan/", slips.scan, name="station-slips-scan"),
    path("station/slips/<int:pk>/", slips.printed, name="station-slips-print"),
    path("station/slips/<int:pk>/<int:door>/", slips.slip, name="station-slip"),
    path("station/restock/", restock.restock, name="station-restock"),
    path("station/restock/export/", restock.restock_export, name="station-restock-export"),
    path("station/restock/<int:pk>/", restock.demand, name="station-demand"),
    path("book/", book.stations, name="books"),
    path("book/good/<int:pk>/", book.good, name="book-good"),
    path("book/<slug:code>/", book.goods, name="book"),
    path("book/<slug:code>/report/", book.report, name="book-report"),
    path("book/<slug:code>/report.xlsx", book.xlsx, name="book-xlsx"),
    path("book/<slug:code>/report.csv", book.csv, name="book-csv"),
    path("station/counter/", counter.doors, name="station-counter"),
    path("station/counter/<uuid:sale>/", counter.till, name="station-till"),
    path("station/counter/<uuid:sale>/scan/", counter.scan, name="station-till-scan"),
    path("station/counter/<uuid:sale>/change/", counter.change, name="station-till-change"),
    path("station/counter/<uuid:sale>/pay/", counter.pay, name="station-till-pay"),
    path("station/counter/<uuid:sale>/deposit/", counter.deposit, name="station-till-deposit"),
    path("station/sales/<str:number>/", counter.sale, name="station-sale"),
    path("station/sales/<str:number>/receipt/", counter.receipt, name="station-sale-receipt"),
    path("station/goods/", goods.goods_list, name="station-goods"),
    path("station/goods/import/", goods.goods_import, name="station-goods-import"),
    path("station/goods/<int:pk>/", goods.good, name="station-good"),
    path("station/doors/<int:pk>/code/", door_code.issue, name="station-door-code"),
    *(path("", include((patterns, name))) for name, patterns in oscar_names.items()),
]
