"""What a courier does on a phone: see the batches given to them, set out, answer at each door.

Everything works without JavaScript. A form carries the nonce of its page, so a second tap, or
the same tap sent again over a bad line, changes nothing.
"""

from collections.abc import Callable
from functools import wraps
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery import access, handoffs, runs
from delivery import batches as rules
from delivery.errors import HandoffConflict, HandoffRefused
from delivery.models import Batch, Event, Handoff, Stop
from inventory.access import stations_of
from inventory.errors import StationError


class HandoffForm(forms.Form):
    """One tap at a door. What does not belong to the answer tapped is left out, not refused."""

    nonce = forms.UUIDField()
    outcome = forms.ChoiceField(choices=Handoff.Outcome.choices)
    reason = forms.ChoiceField(choices=Handoff.Reason.choices, required=False)
    note = forms.CharField(max_length=200, required=False)
    cash = forms.DecimalField(
        required=False,
        error_messages={"invalid": gettext_lazy("收的现金要写成数字，比如 49.10。")},
    )
    transfer = forms.DecimalField(
        required=False,
        error_messages={"invalid": gettext_lazy("转账的金额要写成数字，比如 49.10。")},
    )
    # Nobody stands beside a parcel at the door: cash counts only when the courier says so.
    left_paid = forms.BooleanField(required=False)
    tapped_at = forms.CharField(required=False)

    def clean_tapped_at(self):
        """A phone that cannot tell the time is no reason to lose what happened."""
        try:
            tapped_at = parse_datetime(self.cleaned_data["tapped_at"])
        except ValueError:
            return None
        return tapped_at if tapped_at and timezone.is_aware(tapped_at) else None

    def said(self) -> dict:
        """What `handoffs.record` and `correct` take."""
        said = dict(self.cleaned_data)
        failed = said["outcome"] == Handoff.Outcome.FAILED
        left_paid = said.pop("left_paid")
        left_unpaid = said["outcome"] == Handoff.Outcome.LEFT and not left_paid
        said["cash"] = 0 if failed or left_unpaid else said["cash"] or 0
        said["transfer"] = 0 if failed else said["transfer"] or 0
        if not failed:
            said["reason"] = ""
        return said


def signed_in(view: Callable) -> Callable:
    """After logging in again a courier finds their batches, never a form's address."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        posted = request.method == "POST"
        return redirect_to_login(reverse("courier-batches") if posted else request.get_full_path())

    return guarded


def courier_required(view: Callable) -> Callable:
    """Lets volunteers on duty in and gives them `request.volunteer`."""

    @signed_in
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        request.volunteer = access.volunteer_of(request.user)
        if request.volunteer is None:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@never_cache
@courier_required
def batches(request: HttpRequest) -> HttpResponse:
    return _list(request)


@require_safe
@never_cache
@courier_required
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    given = _given_to(request.user).filter(pk=pk).first()
    if given is None:
        # A bookmark of what they have carried leads to the list; anybody else's is not there.
        done = Batch.objects.filter(courier=request.volunteer, status=Batch.Status.DONE)
        get_object_or_404(done, pk=pk)
        return redirect("courier-batches")
    return _show(request, given)


@require_POST
@courier_required
def start(request: HttpRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(_given_to(request.user), pk=pk)
    try:
        rules.start(batch, request.user)
    except StationError as error:
        messages.error(request, str(error))
    return redirect("courier-batch", batch.pk)


@require_POST
@courier_required
def handoff(request: HttpRequest, pk: int) -> HttpResponse:
    stop = get_object_or_404(Stop, pk=pk, batch__courier=request.volunteer)
    form = HandoffForm(request.POST)
    if not form.is_valid():
        _complain(request, form)
        return _show(request, stop.batch, stop_id=str(pk), status=400)
    try:
        handoffs.record(stop, by=request.user, **form.said())
    except (HandoffConflict, HandoffRefused) as error:
        messages.error(request, str(error))
        return _show(request, stop.batch, stop_id=str(pk), status=_status(error))
    except StationError as error:
        messages.error(request, str(error))
    stop.batch.refresh_from_db(fields=["status"])
    if stop.batch.status == Batch.Status.DONE:
        messages.success(request, _("%s 送完了，辛苦了。") % stop.batch)
    return redirect(_batch_or_list(stop.batch))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """By the batch's courier, or by the station; `handoffs.correct` knows until when."""
    mine = Q(stop__batch__courier=access.volunteer_of(request.user) or 0)
    of_station = Q(stop__batch__grid__station__in=stations_of(request.user))
    earlier = get_object_or_404(
        Handoff.objects.select_related("stop__batch__grid__station", "stop__batch__courier"),
        mine | of_station,
        pk=pk,
    )
    batch = earlier.stop.batch
    is_courier = batch.courier.user_id == request.user.pk
    if is_courier and handoffs.may_correct(earlier, batch):
        back = _batch_or_list(batch)
    elif stations_of(request.user).filter(pk=batch.grid.station_id).exists():
        back = reverse("station-batch", args=[batch.pk])
    else:
        raise Http404
    status = 200
    if request.method == "POST":
        form = HandoffForm(request.POST)
        try:
            if form.is_valid():
                handoffs.correct(earlier, by=request.user, **form.said())
                return redirect(back)
            _complain(request, form)
            status = 400
        except (HandoffConflict, HandoffRefused) as error:
            messages.error(request, str(error))
            status = _status(error)
        except StationError as error:
            messages.error(request, str(error))
            return redirect(back)
    doors = {door.stop.pk: door for door in runs.of(batch).doors}
    context = {
        "batch": batch,
        "station": batch.grid.station,
        "door": doors[earlier.stop_id],
        "earlier": earlier,
        "back": back,
        "reasons": Handoff.Reason.choices,
        "nonce": uuid4(),
    }
    return render(request, "delivery/courier_correct.html", context, status=status)


def _batch_or_list(batch: Batch) -> str:
    """Where the courier goes on; a batch that is done has no page for them any more."""
    if batch.status == Batch.Status.DONE:
        return reverse("courier-batches")
    return reverse("courier-batch", args=[batch.pk])


def _last_slip(volunteer) -> Handoff | None:
    """The last door of a batch that is just done: a slip there can still be corrected."""
    return (
        Handoff.objects.filter(
            stop__batch__courier=volunteer,
            stop__batch__status=Batch.Status.DONE,
            received_at__gt=timezone.now() - handoffs.SLIP,
            corrected_by=None,
        )
        .order_by("-pk")
        .first()
    )


def _given_to(user):
    return Batch.objects.given_to(user).select_related("grid", "round")


def _list(request: HttpRequest, status: int = 200) -> HttpResponse:
    decided = Count("stops", filter=~Q(stops__status=Stop.Status.WAITING), distinct=True)
    failed = Count("stops", filter=Q(stops__status=Stop.Status.FAILED), distinct=True)
    cold = Count("stops__parcels", filter=Q(stops__parcels__cold=True), distinct=True)
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    done_today = Event.objects.filter(kind=Event.Kind.BATCH_DONE, at__gte=today)
    done = Batch.objects.filter(
        courier=request.volunteer,
        status=Batch.Status.DONE,
        pk__in=done_today.values("batch"),
    )
    context = {
        "station": request.volunteer.station,
        "batches": _given_to(request.user).annotate(decided=decided, cold=cold),
        "done": done.select_related("grid").annotate(failed=failed),
        "last": _last_slip(request.volunteer),
    }
    return render(request, "delivery/courier_batches.html", context, status=status)


def _show(
    request: HttpRequest, batch: Batch, *, stop_id: str | None = None, status: int = 200
) -> HttpResponse:
    """The batch as it is; once it is done its doors are no longer the courier's to see."""
    shown = _given_to(request.user).filter(pk=batch.pk).first()
    if shown is None:
        return _list(request, status)
    run = runs.of(shown)
    context = {
        "station": request.volunteer.station,
        "batch": shown,
        "run": run,
        "door": run.current(stop_id or request.GET.get("stop", "")),
        "reasons": Handoff.Reason.choices,
        "nonce": uuid4(),
    }
    out = shown.status == Batch.Status.OUT
    page = "delivery/courier_batch.html" if out else "delivery/courier_before.html"
    return render(request, page, context, status=status)


def _complain(request: HttpRequest, form: forms.Form) -> None:
    for errors in form.errors.values():
        messages.error(request, errors[0])


def _status(error: StationError) -> int:
    return 409 if isinstance(error, HandoffConflict) else 400
