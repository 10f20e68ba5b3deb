from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0004_opening_lots'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='move',
            constraint=models.CheckConstraint(condition=models.Q(('in_stock_delta', 0), ('lot__isnull', False), _connector='OR'), name='a_move_of_stock_names_its_lot'),
        ),
    ]
