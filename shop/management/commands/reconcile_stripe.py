from datetime import timedelta

import stripe
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.templatetags.station import yuan
from shop.errors import StripeDown
from shop.payments.stripe import client, reconcile


class Command(BaseCommand):
    help = "Compares our book with Stripe's lists of payments, refunds and disputes. Exit 1 if off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="how far back (30)")
        parser.add_argument(
            "--book", action="store_true", help="book what Stripe has and we were never told"
        )

    def handle(self, *args, **options) -> None:
        if not 1 <= options["days"] <= 3650:
            raise CommandError(_("--days 要在 1 到 3650 之间。"))
        since = timezone.now() - timedelta(days=options["days"])
        try:
            found = reconcile.compare(since, book=options["book"])
        except StripeDown as error:
            raise CommandError(str(error)) from error
        except stripe.StripeError as error:
            raise CommandError(_("Stripe 没有答复：%s") % client.word(error)) from error
        for words, (count, total) in (
            (_("付款 %(count)d 笔，%(total)s"), found.payments),
            (_("退款 %(count)d 笔，%(total)s"), found.refunds),
        ):
            self.stdout.write(words % {"count": count, "total": yuan(total)})
        if found.waiting:
            self.stdout.write(_("还有 %d 笔退款没有送到 Stripe。") % found.waiting)
        for sentence in found.wrong:
            self.stdout.write(sentence)
        if not found.wrong:
            self.stdout.write(_("和 Stripe 对得上。"))
        elif options["book"]:
            self.stdout.write(_("Stripe 有、这里没有的已经补记，请再对一遍。"))
        if found.wrong:
            raise SystemExit(1)
