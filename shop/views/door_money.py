"""Money in and out of a door's account over the counter, and what is agreed about it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from oscar.core.loading import get_model

from delivery.models import Household
from delivery.templatetags.station import yuan
from inventory.access import manager_required, staff_required
from inventory.errors import StationError
from shop.models import AccountTerms, MoneyMove
from shop.money import accounts, leaving, owing
from shop.money.forms import (
    CollectForm,
    CreditForm,
    DepositForm,
    NumberForm,
    PayBackForm,
    RefundToForm,
    UndoForm,
    WriteOffForm,
)
from shop.payments.changing import change_way
from shop.payments.door.way import DoorWay
from shop.views import till_warning
from shop.views.door_accounts import find, show

Order = get_model("order", "Order")
Account = MoneyMove.Account


def _do(
    request: HttpRequest,
    door: Household,
    name: str,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    """Does what was typed, which is what `act` says then; or the page again with `form`, called
    `name` there, and why not."""
    if not form.is_valid():
        return show(request, door, status=400, **{name: form})
    try:
        done = act(form.cleaned_data)
    except StationError as error:
        return show(request, door, error=error, status=409, **{name: form})
    messages.success(request, done)
    return redirect("station-account", door.pk)


@require_POST
@staff_required
def deposit(request: HttpRequest, pk: int) -> HttpResponse:
    door = find(request, pk)

    def act(said: dict[str, Any]) -> str:
        said["source"] = Account(said["source"])
        accounts.deposit(door, by=request.user, **said)
        return _("充值 %s，钱收好。") % yuan(said["amount"])

    return _do(request, door, "deposit", DepositForm(request.POST, auto_id="deposit_%s"), act)


@require_POST
@staff_required
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """A deposit had been mistyped: all of it is taken back."""
    door = find(request, pk)

    def act(said: dict[str, Any]) -> str:
        mine = MoneyMove.objects.filter(household=door, station=request.station)
        move = get_object_or_404(mine, pk=said["move"])
        accounts.undo_deposit(move, by=request.user, nonce=said["nonce"])
        till_warning.warn(request)
        return _("%s 的充值撤销了。真收到多少，请再记一次。") % yuan(move.amount)

    return _do(request, door, "undoing", UndoForm(request.POST), act)


@require_POST
@staff_required
def pay_back(request: HttpRequest, pk: int) -> HttpResponse:
    door = find(request, pk)

    def act(said: dict[str, Any]) -> str:
        through = said["through"] = Account(said["through"])
        accounts.pay_back(door, by=request.user, **said)
        if through == Account.CASH:
            till_warning.warn(request)
            return _("从钱箱退给住户 %s。") % yuan(said["amount"])
        return _("转账退给住户 %s，记好了。") % yuan(said["amount"])

    return _do(request, door, "back", PayBackForm(request.POST, auto_id="back_%s"), act)


@require_POST
@staff_required
def collect(request: HttpRequest, pk: int) -> HttpResponse:
    """Money for an order that is not paid yet."""
    door = find(request, pk)

    def act(said: dict[str, Any]) -> str:
        said["source"] = Account(said["source"])
        owing.collect(door, by=request.user, **said)
        words = {"number": said["number"], "amount": yuan(said["amount"])}
        return _("订单 %(number)s 收到 %(amount)s。") % words

    return _do(request, door, "collect", CollectForm(request.POST), act)


@require_POST
@staff_required
def at_the_door(request: HttpRequest, pk: int) -> HttpResponse:
    """An order need not wait for its payment online: it is paid when it comes."""
    door = find(request, pk)

    def act(said: dict[str, Any]) -> str:
        mine = Order.objects.filter(placement__household=door)
        order = get_object_or_404(mine, number=said["number"])
        change_way(order, DoorWay.code, by=request.user)
        return _("订单 %s 改成送到时付，现在收也可以。") % order.number

    return _do(request, door, "waiting", NumberForm(request.POST), act)


@require_POST
@manager_required
def credit(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the account may go below zero."""
    door = find(request, pk)

    def act(said: dict[str, Any]) -> str:
        accounts.limit_credit(door, said["limit"], by=request.user)
        return _("这一户最多可以欠 %s。") % yuan(said["limit"])

    return _do(request, door, "credit", CreditForm(request.POST, auto_id="credit_%s"), act)


@require_POST
@manager_required
def write_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody will pay what is owed here any more."""
    door = find(request, pk)

    def act(said: dict[str, Any]) -> str:
        leaving.write_off(door, by=request.user, **said)
        return _("核销了 %s，这一户不欠了。") % yuan(said["seen"])

    form = WriteOffForm(request.POST, auto_id="write_off_%s")
    return _do(request, door, "writing_off", form, act)


@require_POST
@staff_required
def refund_to(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the door wants its money back: who has no phone says it at the counter."""
    door = find(request, pk)

    def act(said: dict[str, Any]) -> str:
        accounts.prefer(door, AccountTerms.RefundTo(said["refund_to"]))
        return _("记下了。")

    return _do(request, door, "prefer", RefundToForm(request.POST), act)
