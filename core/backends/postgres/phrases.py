"""Pieces of queries that several stores need."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, Delete, Table, and_, any_, delete, literal, select, tuple_
from sqlalchemy.types import TypeEngine

from core.backends.written import LAST

EXPIRED_AT_ONCE = 100
"""How many old rows one write deletes: more than it adds, so that they never pile up."""


def rows_of(table: Table, column: Column[Any]) -> str:
    """Spells out the statement that gives rows whose number in this column is one of those in `$1`, each with the
    transaction that wrote it behind its columns."""
    columns = ", ".join(f'"{each.name}"' for each in table.c)
    return f"SELECT {columns}, xmin FROM {table.fullname} WHERE {column.name} = ANY($1::bigint[])"  # noqa: S608 - ours


def among(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether it is one of these, however many they are."""
    kind: TypeEngine[Any] = column.type
    return column == any_(literal(list(values), ARRAY(kind)))


def begins(column: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    """Whether an escaped name begins so. An index on the column answers it."""
    return within(column, prefix, prefix + LAST)


def within(column: ColumnElement[Any], first: object, behind: object) -> ColumnElement[bool]:
    """From the first one on, up to what stands behind the last."""
    return and_(column >= first, column < behind)


def behind(columns: Collection[Column[Any]], place: Collection[object]) -> ColumnElement[bool]:
    """What comes after a place in the order of these columns."""
    return tuple_(*columns) > tuple_(
        *(literal(value, column.type) for column, value in zip(columns, place, strict=True))
    )


def expired(table: Table, key: Column[Any], moment: Column[Any], until: ColumnElement[int]) -> Delete:
    """Deletes the oldest rows whose moment has come, but none that somebody else works on."""
    oldest = select(key).where(moment <= until).order_by(moment).limit(EXPIRED_AT_ONCE)
    return delete(table).where(key.in_(oldest.with_for_update(skip_locked=True)))
