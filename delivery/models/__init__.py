from delivery.models.batch import Batch, Stop, StopParcel
from delivery.models.event import Event
from delivery.models.grid import Grid, GridRole, Passage, RiskLevel
from delivery.models.handoff import Handoff
from delivery.models.household import Household, Person
from delivery.models.parcel import Parcel, ParcelLine, Wish
from delivery.models.registration import Poster, Registration
from delivery.models.round import Round
from delivery.models.share_out import ShareOut
from delivery.models.volunteer import Volunteer

__all__ = [
    "Batch",
    "Event",
    "Grid",
    "GridRole",
    "Handoff",
    "Household",
    "Parcel",
    "ParcelLine",
    "Passage",
    "Person",
    "Poster",
    "Registration",
    "RiskLevel",
    "Round",
    "ShareOut",
    "Stop",
    "StopParcel",
    "Volunteer",
    "Wish",
]
