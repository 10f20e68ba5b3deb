from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    """What was ordered so far weighed what its good weighs today, as far as anybody knows."""
    ParcelLine = apps.get_model("delivery", "ParcelLine")
    Item = apps.get_model("inventory", "Item")
    weight = Item.objects.filter(pk=OuterRef("item")).values("weight_g")
    lines = ParcelLine.objects.using(schema_editor.connection.alias)
    lines.update(unit_g=Subquery(weight))


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0006_batches_are_reopened'),
    ]

    operations = [
        migrations.AddField(
            model_name='parcelline',
            name='unit_g',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='一份（克）'),
        ),
        migrations.AddField(
            model_name='household',
            name='lived_in_since',
            field=models.DateTimeField(blank=True, null=True, verbose_name='现住户从何时起'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
