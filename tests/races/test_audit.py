"""The audit looks at one moment, while the store goes on selling."""

import threading

from django.contrib.sites.models import Site
from django.db import connection, connections, transaction

from shop.audit import checks
from shop.audit.checks import Figure


def test_what_is_written_meanwhile_is_seen_by_no_check(each_database, monkeypatch):
    monkeypatch.setattr(checks, "_checks", [])
    assert connection.vendor == each_database

    def sell() -> None:
        with transaction.atomic():
            Site.objects.create(domain="meanwhile.test", name="")
        connections.close_all()

    @checks.check("1", "before")
    def before():
        yield Figure("sites", "", Site.objects.filter(domain="meanwhile.test").count())
        writer = threading.Thread(target=sell)
        writer.start()
        writer.join(timeout=20)
        # Nobody had to wait for the audit.
        assert not writer.is_alive()

    @checks.check("2", "after")
    def after():
        yield Figure("sites", "", Site.objects.filter(domain="meanwhile.test").count())

    results = checks.run()
    assert [result.figures[0].value for result in results] == [0, 0]
    assert Site.objects.filter(domain="meanwhile.test").count() == 1
    assert not connection.in_atomic_block
