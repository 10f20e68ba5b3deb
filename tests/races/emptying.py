"""Empties a PostgreSQL after a race in a few milliseconds.

Django's `flush` truncates every table there is, makes permissions, content types and triggers
again, and takes longer than most races. A race fills some twenty tables with a few rows each.
"""

from django.db import connection, transaction

from inventory import append_only

#: The rows that `migrate` makes here, as after a `flush`, stay. Their keys count up.
MADE_BY_MIGRATE = ("django_content_type", "auth_permission", "django_site")


class Remains:
    """What a race left behind. Made before the first one."""

    def __init__(self) -> None:
        tables = set(connection.introspection.table_names()) - {"django_migrations"}
        self.which_have_rows = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables
        )
        self.conditions = {}
        with connection.cursor() as cursor:
            for table in MADE_BY_MIGRATE:
                cursor.execute(f'SELECT max(id) FROM "{table}"')
                self.conditions[table] = f"WHERE id > {cursor.fetchone()[0]}"

    def remove(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # Somebody who still holds a lock is a fault of the test, and not one to wait for.
            cursor.execute("SET LOCAL lock_timeout = '30s'")
            cursor.execute(self.which_have_rows)
            full = [row[0] for row in cursor.fetchall()]
            guarded = set(append_only.tables()).intersection(full)
            for table in guarded:
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            for table in full:
                cursor.execute(f'DELETE FROM "{table}" {self.conditions.get(table, "")}')
            # The foreign keys are looked at now: a table with such work left cannot be altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in guarded:
                cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
