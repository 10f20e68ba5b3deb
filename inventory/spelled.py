"""Queries of one shape that are asked for every page: the ORM spells them once in a process.

To put a query together takes the ORM several times as long as to ask it (docs/benchmarks.md). What
comes back is what the query always gave: models, annotations, tuples.
"""

from collections.abc import Callable, Iterable
from copy import copy
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Expression, Field, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")


class Blank(Expression):
    """Stands in the query where the value `name` will be."""

    def __init__(self, name: str, field: Field) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection) -> tuple[str, list]:
        return "%s", [self]

    def get_group_by_cols(self) -> list:
        return []


def key(name: str) -> Blank:
    """A blank for a primary key."""
    return Blank(name, models.BigIntegerField())


def text(name: str) -> Blank:
    return Blank(name, models.CharField())


def moment(name: str) -> Blank:
    return Blank(name, models.DateTimeField())


def day(name: str) -> Blank:
    return Blank(name, models.DateField())


class Spelled(Generic[Row]):
    """`Spelled(build)(household=7)`: the rows of the query `build()` with this value in the blank
    `household`. Its shape must not depend on the values: no list that may be empty, no None."""

    def __init__(self, build: Callable[[], QuerySet]) -> None:
        self._by_vendor = cache(lambda _vendor: self._spell(build()))

    @staticmethod
    def _spell(queryset: QuerySet) -> tuple[QuerySet, SQLCompiler, str, tuple]:
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        return queryset, compiler, sql, params

    def __call__(self, **values: Any) -> list[Row]:
        connection = connections[DEFAULT_DB_ALIAS]
        queryset, compiler, sql, params = self._by_vendor(connection.vendor)
        filled = tuple(_fill(param, values, connection) for param in params)
        # What the first spelling found out about columns and models stays; the connection is that
        # of this thread.
        compiler = copy(compiler)
        compiler.connection = connection
        compiler.as_sql = lambda *args, **kwargs: (sql, filled)
        query = copy(queryset.query)
        query.get_compiler = lambda *args, **kwargs: compiler
        rows = copy_of(queryset, query)
        return list(rows)

    def first(self, **values: Any) -> Row | None:
        return next(iter(self(**values)), None)


def copy_of(queryset: QuerySet, query) -> Iterable:
    again = type(queryset)(model=queryset.model, query=query)
    again._iterable_class = queryset._iterable_class
    again._fields = queryset._fields
    return again


def _fill(param: Any, values: dict[str, Any], connection) -> Any:
    if not isinstance(param, Blank):
        return param
    return param.output_field.get_db_prep_value(values[param.name], connection)
