"""What was in a parcel so far was asked for, and what is past waiting was packed."""

from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def fill(apps, schema_editor):
    ParcelLine = apps.get_model("delivery", "ParcelLine")
    lines = ParcelLine.objects.using(schema_editor.connection.alias)
    lines.update(asked=F("quantity"))
    # Nobody noted when each was packed; the round's cut-off is the earliest it can have been.
    closed = ParcelLine.objects.filter(pk=OuterRef("pk")).values("parcel__round__closes_at")
    lines.exclude(parcel__status="waiting").update(packed_at=Subquery(closed))


class Migration(migrations.Migration):
    dependencies = [("delivery", "0003_share_outs")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
