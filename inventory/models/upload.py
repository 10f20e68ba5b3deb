"""A spreadsheet between its preview and the confirmation."""

import io
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from inventory.models.station import Station


class Upload(models.Model):
    """In the database, where every web process finds it and nobody can download it. It is full of
    names and numbers: `inventory.uploads` lets it go with the import, or after a day."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=20)
    name = models.CharField(max_length=255)
    data = models.BinaryField()
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"upload #{self.pk}"

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.data)
