"""Tables that only grow: the database itself refuses to change or delete their rows (DESIGN §2.8).

An app says `append_only.guard(self, "Move")` in its `AppConfig.ready`. The triggers are made after
every `migrate`, because SQLite drops them whenever a migration rebuilds the table. Both databases
raise, whoever asks: the ORM, a raw statement, a shell. `audit` asks for `missing_triggers()`.
"""

from collections.abc import Iterator

from django.apps import AppConfig, apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.signals import post_migrate

MESSAGE = "append-only: rows are never changed or deleted"
_guarded: set[str] = set()


def guard(app: AppConfig, *model_names: str) -> None:
    _guarded.update(f"{app.label}.{name}" for name in model_names)
    post_migrate.connect(_make_triggers, sender=app, dispatch_uid=f"append-only {app.label}")


def tables() -> list[str]:
    return sorted(apps.get_model(label)._meta.db_table for label in _guarded)


def missing_triggers(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The names of triggers that should be there and are not, or are switched off."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        query = (
            "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND pg_table_is_visible(c.oid)"
        )
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    return [name for table in tables() for name, _ in _triggers(table) if name not in present]


def _triggers(table: str) -> Iterator[tuple[str, str]]:
    for verb in ("UPDATE", "DELETE"):
        yield f"{table}_no_{verb.lower()}", verb


def _make_triggers(sender: AppConfig, using: str, **kwargs) -> None:
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgresql:
            cursor.execute(
                "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '% is {MESSAGE}', TG_TABLE_NAME; END $$"
            )
        for label in sorted(_guarded):
            model = apps.get_model(label)
            table = model._meta.db_table
            if model._meta.app_label != sender.label or table not in existing:
                continue
            for name, verb in _triggers(table):
                if postgresql:
                    cursor.execute(
                        f'CREATE OR REPLACE TRIGGER {name} BEFORE {verb} ON "{table}" '
                        "FOR EACH ROW EXECUTE FUNCTION append_only()"
                    )
                else:
                    cursor.execute(
                        f'CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON "{table}" '
                        f"BEGIN SELECT RAISE(ABORT, '{table} is {MESSAGE}'); END"
                    )
