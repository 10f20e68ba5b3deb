"""Addresses of the station console and of the courier's pages."""

from django.urls import include, path

from delivery.views import (
    courier,
    dispatch,
    doors,
    packing,
    prints,
    returns,
    rounds,
    sharing,
    today,
    volunteers,
)

station = [
    path("", today.station_today, name="station-today"),
    path("rounds/", rounds.station_rounds, name="station-rounds"),
    path("rounds/<int:pk>/open/", rounds.round_open, name="station-round-open"),
    path("rounds/<int:pk>/close/", rounds.round_close, name="station-round-close"),
    path("rounds/<int:pk>/cancel/", rounds.round_cancel, name="station-round-cancel"),
    path("rounds/<int:pk>/once/", rounds.round_once, name="station-round-once"),
    path("rounds/<int:pk>/plan/", dispatch.plan, name="station-plan"),
    path("rounds/<int:pk>/give/", dispatch.give_all, name="station-give-all"),
    path("rounds/<int:pk>/pack/", dispatch.pack_all, name="station-pack-all"),
    path("rounds/<int:pk>/pick-list/", prints.round_pick_list, name="station-round-pick-list"),
    path("share/", sharing.share_page, name="station-share"),
    path("rounds/<int:pk>/share/", sharing.share_out, name="station-share-out"),
    path("dispatch/", dispatch.dispatch, name="station-dispatch"),
    path("batches/<int:pk>/", dispatch.batch_page, name="station-batch"),
    path("batches/<int:pk>/give/", dispatch.give, name="station-batch-give"),
    path("batches/<int:pk>/take-back/", dispatch.take_back, name="station-batch-take-back"),
    path("batches/<int:pk>/pack/", dispatch.pack, name="station-batch-pack"),
    path("batches/<int:pk>/run-sheet/", prints.run_sheet, name="station-run-sheet"),
    path("packing/", packing.packing_list, name="station-packing"),
    path("batches/<int:pk>/bench/", packing.bench_page, name="station-bench"),
    path("batches/<int:pk>/bench/scan/", packing.scan, name="station-bench-scan"),
    path("lines/<int:pk>/tick/", packing.tick, name="station-line-tick"),
    path("lines/<int:pk>/untick/", packing.untick, name="station-line-untick"),
    path("batches/<int:pk>/labels/", prints.labels, name="station-labels"),
    path("parcels/<int:pk>/label/", prints.label, name="station-label"),
    path("parcels/<int:pk>/return/", returns.parcel_return, name="station-parcel-return"),
    path("batches/<int:pk>/pick-list/", prints.pick_list, name="station-pick-list"),
    path("stops/<int:pk>/handoff/", dispatch.handoff, name="station-handoff"),
    path("doors/", doors.doors, name="station-doors"),
    path("doors/import/", doors.doors_import, name="station-doors-import"),
    path("doors/<int:pk>/", doors.door, name="station-door"),
    path("doors/<int:pk>/moved-out/", doors.moved_out, name="station-door-moved-out"),
    path("volunteers/", volunteers.volunteers, name="station-volunteers"),
    path("volunteers/new/", volunteers.volunteer_new, name="station-volunteer-new"),
    path("volunteers/<int:pk>/on/", volunteers.volunteer_on, name="station-volunteer-on"),
    path("volunteers/<int:pk>/off/", volunteers.volunteer_off, name="station-volunteer-off"),
]

carrying = [
    path("", courier.batches, name="courier-batches"),
    path("batches/<int:pk>/", courier.batch, name="courier-batch"),
    path("batches/<int:pk>/start/", courier.start, name="courier-start"),
    path("stops/<int:pk>/handoff/", courier.handoff, name="courier-handoff"),
    path("handoffs/<int:pk>/correct/", courier.correct, name="courier-correct"),
]

urlpatterns = [
    path("station/", include(station)),
    path("courier/", include(carrying)),
]
