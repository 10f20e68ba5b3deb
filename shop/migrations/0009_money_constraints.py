"""What the rules kept so far, the database keeps too; who let an account go below zero is kept."""

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

KINDS = [
    ("charge", "货款"),
    ("adjustment", "调整"),
    ("payment", "付款"),
    ("refund", "退款"),
    ("deposit", "充值"),
    ("withdrawal", "取回"),
    ("subsidy", "补贴"),
    ("donation", "捐入"),
    ("hand_in", "交款"),
    ("difference", "现金差额"),
    ("banked", "存银行"),
    ("dispute", "拒付争议"),
    ("write_off", "核销"),
]
ACCOUNTS = [
    ("cash", "驿站钱箱"),
    ("person", "经手人手上"),
    ("transfer", "转账收款"),
    ("bank", "银行"),
    ("stripe", "网上支付"),
    ("order", "订单"),
    ("household", "驿站账户"),
    ("fund", "互助金"),
    ("sales", "货款收入"),
    ("difference", "现金差额"),
    ("disputed", "拒付争议"),
    ("bad_debt", "核销的欠款"),
]
NOT_AT_STRIPE = ~Q(source__in=["stripe", "disputed"]) & ~Q(target__in=["stripe", "disputed"])


def mend(apps, schema_editor):
    """What may be put right without touching a ledger: of several grants for the same the one
    that counts (`subsidies.fitting`) stays, and no more is disputed than was paid."""
    Grant = apps.get_model("shop", "Grant")
    kept = set()
    for grant in Grant.objects.filter(active=True).order_by("-share", "pk"):
        what = grant.fund_id, grant.household_id, grant.item_id
        if what in kept:
            Grant.objects.filter(pk=grant.pk).update(active=False)
        kept.add(what)
    StripePayment = apps.get_model("shop", "StripePayment")
    StripePayment.objects.filter(disputed__gt=F("amount")).update(disputed=F("amount"))
    StripePayment.objects.filter(disputed__lt=0).update(disputed=0)
    if schema_editor.connection.vendor == "postgresql":
        # It does not alter a table with a foreign key that is still to be looked at.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refuse_the_rest(apps, schema_editor):
    """No rule ever wrote these. Somebody has to look before they are called right: the update ends
    here, with their numbers, and nothing of it is done."""
    wrong = {
        "MoneyMove": ~NOT_AT_STRIPE & Q(stripe_payment=None),
        "StripePayment": Q(amount__lte=0),
        "Subsidy": Q(share__lte=0) | Q(share__gt=1),
    }
    for name, those in wrong.items():
        rows = apps.get_model("shop", name).objects.filter(those).order_by("pk")
        if keys := list(rows.values_list("pk", flat=True)[:20]):
            raise ValueError(
                f"升级停在 shop 0009：{name} 里有 {rows.count()} 行不合规矩（编号 {keys}）。"
                "数据没有改动。请不要退回旧版：账本的保护要等升级做完才装回去；"
                "留在新版，用 manage.py shell 查清、改好这几行，再跑一次 manage.py migrate。"
            )


def keep_what_was_agreed(apps, schema_editor):
    """Nobody wrote down who agreed to it."""
    AccountTerms = apps.get_model("shop", "AccountTerms")
    CreditChange = apps.get_model("shop", "CreditChange")
    agreed = AccountTerms.objects.filter(credit_limit__gt=0).order_by("pk")
    CreditChange.objects.bulk_create(
        CreditChange(household_id=terms.household_id, limit=terms.credit_limit, at=timezone.now())
        for terms in agreed
    )


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0008_transfers_and_returns"),
        ("inventory", "0006_ways_to_pay"),
        ("order", "0021_billingaddress_code_shippingaddress_code"),
        ("shop", "0008_group_buys"),
    ]

    operations = [
        migrations.RunPython(mend, migrations.RunPython.noop),
        migrations.RunPython(refuse_the_rest, migrations.RunPython.noop),
        migrations.AddField(
            model_name="adjustment",
            name="nonce",
            field=models.UUIDField(blank=True, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="moneymove",
            name="undoes",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="undone_by",
                to="shop.moneymove",
            ),
        ),
        migrations.AlterField(
            model_name="moneymove",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=10, verbose_name="种类"),
        ),
        migrations.AlterField(
            model_name="moneymove",
            name="source",
            field=models.CharField(choices=ACCOUNTS, max_length=10, verbose_name="从"),
        ),
        migrations.AlterField(
            model_name="moneymove",
            name="target",
            field=models.CharField(choices=ACCOUNTS, max_length=10, verbose_name="到"),
        ),
        migrations.AddConstraint(
            model_name="moneymove",
            constraint=models.CheckConstraint(
                condition=NOT_AT_STRIPE | Q(stripe_payment__isnull=False),
                name="money_at_stripe_is_of_a_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="stripepayment",
            constraint=models.CheckConstraint(
                condition=Q(amount__gt=0), name="an_attempt_is_about_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="stripepayment",
            constraint=models.CheckConstraint(
                condition=Q(disputed__gte=0) & Q(disputed__lte=F("amount")),
                name="disputed_is_part_of_what_was_paid",
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidy",
            constraint=models.CheckConstraint(
                condition=Q(share__gt=0) & Q(share__lte=Decimal(1)), name="a_subsidy_of_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                fields=["fund", "household"],
                condition=Q(active=True, household__isnull=False),
                name="one_grant_for_a_household",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                fields=["fund", "item"],
                condition=Q(active=True, item__isnull=False),
                name="one_grant_for_a_good",
            ),
        ),
        migrations.CreateModel(
            name="CreditChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "limit",
                    models.DecimalField(decimal_places=2, max_digits=8, verbose_name="可赊额度"),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_changes",
                        to="delivery.household",
                    ),
                ),
            ],
        ),
        migrations.RunPython(keep_what_was_agreed, migrations.RunPython.noop),
    ]
