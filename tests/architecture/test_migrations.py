"""Migrations: none forgotten, none of Oscar's copied."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).parent.parent.parent


def test_models_and_migrations_agree(db, settings):
    # Only here: the suite itself makes its tables without migrations.
    from shop.config import settings as ours

    settings.MIGRATION_MODULES = ours.MIGRATION_MODULES
    assert {"shop", "delivery", "inventory"} <= MigrationLoader(connection).migrated_apps
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_forks_use_oscars_own_migrations():
    assert [str(path) for path in (ROOT / "shop" / "forks").rglob("migrations")] == []
    from shop.config import settings as ours

    forked = {app.label for app in apps.get_app_configs() if app.name.startswith("shop.forks.")}
    for label in forked:
        package = f"oscar.apps.{label}.migrations"
        has_models = bool(list(apps.get_app_config(label).get_models()))
        assert ours.MIGRATION_MODULES.get(label) == (package if has_models else None)


def test_every_app_of_ours_has_migrations():
    for label in ("shop", "delivery", "inventory"):
        assert list((ROOT / label / "migrations").glob("0001_*.py")), label
    assert settings.AUTH_USER_MODEL == "shop.User"
