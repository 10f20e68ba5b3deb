"""What the clock does about money. Tasks only wake; the rules find their work in the database."""

from celery import shared_task

from shop.payments.stripe import refunds, sessions


@shared_task
def sweep_payments() -> None:
    sessions.sweep()


@shared_task
def send_refunds() -> None:
    refunds.send_due()
