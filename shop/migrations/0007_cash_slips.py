import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0006_ways_to_pay'),
        ('shop', '0006_fill_the_ledger'),
    ]

    operations = [
        migrations.CreateModel(
            name='CashSlip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expected', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='应有')),
                ('counted', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='点到')),
                ('note', models.CharField(blank=True, max_length=100, verbose_name='备注')),
                ('status', models.CharField(choices=[('open', '等第二个人确认'), ('confirmed', '已确认'), ('withdrawn', '已收回')], default='open', max_length=9, verbose_name='状态')),
                ('nonce', models.UUIDField(unique=True)),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('holder', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('station', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cash_slips', to='inventory.station')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('counted__gte', 0)), name='a_slip_is_not_below_zero'), models.UniqueConstraint(condition=models.Q(('holder__isnull', False), ('status', 'open')), fields=('station', 'holder'), name='one_open_slip_for_hands'), models.UniqueConstraint(condition=models.Q(('holder__isnull', True), ('status', 'open')), fields=('station',), name='one_open_slip_for_the_till')],
            },
        ),
    ]
