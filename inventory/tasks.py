"""What the clock does in the building."""

from celery import shared_task

from inventory import uploads


@shared_task
def sweep_uploads() -> None:
    uploads.sweep()
