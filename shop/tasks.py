"""What the clock does about money, messages and ways in. Tasks only wake; the rules find their work
in the database."""

from celery import shared_task

from shop import pictures, standing
from shop.messaging import inbox, news, outbox
from shop.payments.stripe import refunds, sessions
from shop.ways_in import cards, codes, guessing
from shop.ways_in import sessions as logins


@shared_task
def sweep_payments() -> None:
    sessions.sweep()


@shared_task
def send_refunds() -> None:
    refunds.send_due()


@shared_task
def order_what_stands() -> None:
    standing.run_due()
    standing.remind_due()


@shared_task
def tell_of_rounds() -> None:
    news.of_rounds()


@shared_task
def send_messages() -> None:
    outbox.send_due()


@shared_task
def forget_old_messages() -> None:
    outbox.forget_old()
    inbox.forget_old()


@shared_task
def forget_old_tries() -> None:
    guessing.forget_old()
    codes.forget_old()
    cards.end_old()
    logins.forget_old()


@shared_task
def sweep_pictures() -> None:
    pictures.make_missing()
