"""What the clock does. Tasks only wake; the rules find their work in the database."""

from celery import shared_task

from delivery import registrations, rounds


@shared_task
def turn_rounds() -> None:
    rounds.turn_due()


@shared_task
def forget_old_registrations() -> None:
    registrations.forget_old()
