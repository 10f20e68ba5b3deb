"""A spreadsheet is kept from its preview until it is confirmed, for a day at most.

Its token is a random number, and opens it only for the same person, station and purpose.
"""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.errors import StationError
from inventory.models import Upload

LIFETIME = timedelta(days=1)
NAME_SHOWN = 255


class UploadGone(StationError):
    """The preview is too old, was confirmed already, or is somebody else's."""

    def __init__(self) -> None:
        super().__init__(_("这份表格已经导入过，或者放得太久了，请重新选一次。"))


def keep(content: bytes, name: str, *, purpose: str, user, station) -> Upload:
    """Keeps the file for a day, and throws out what was forgotten here longer ago."""
    sweep()
    return Upload.objects.create(
        data=content, name=name[:NAME_SHOWN], purpose=purpose, user=user, station=station
    )


def find(token: str, *, purpose: str, user, station) -> Upload:
    """The file a preview was made of. Raises `UploadGone`."""
    try:
        return Upload.objects.get(
            token=UUID(token),
            purpose=purpose,
            user=user,
            station=station,
            at__gt=timezone.now() - LIFETIME,
        )
    except (ValueError, Upload.DoesNotExist) as error:
        raise UploadGone from error


def use_up(upload: Upload) -> None:
    """Deletes it in the transaction that imports it. Of two at once the second is refused, and
    one that fails is there again."""
    deleted, _each = Upload.objects.filter(pk=upload.pk).delete()
    if not deleted:
        raise UploadGone


def sweep() -> int:
    """Deletes what nobody confirmed within a day; how many files that were."""
    deleted, _each = Upload.objects.filter(at__lte=timezone.now() - LIFETIME).delete()
    return deleted
