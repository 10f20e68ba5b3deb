from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0004_fill_asked'),
    ]

    operations = [
        migrations.AlterField(
            model_name='parcelline',
            name='asked',
            field=models.PositiveIntegerField(verbose_name='订的数量'),
        ),
        migrations.AddConstraint(
            model_name='parcelline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('asked__gt', 0), ('instead_of__isnull', True)), models.Q(('asked', 0), ('instead_of__isnull', False)), _connector='OR'), name='a_line_was_asked_or_stands_in'),
        ),
        migrations.AddConstraint(
            model_name='parcelline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__lte', models.F('asked')), ('instead_of__isnull', False), _connector='OR'), name='nobody_gets_more_than_asked'),
        ),
        migrations.AddConstraint(
            model_name='parcelline',
            constraint=models.CheckConstraint(condition=models.Q(('awaiting', False), ('packed_at__isnull', True), _connector='OR'), name='what_is_awaited_is_not_packed'),
        ),
    ]
