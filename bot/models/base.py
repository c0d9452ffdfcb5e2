"""The ground that all tables stand on: aware UTC times, foreign keys that carry the scheme."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time. A naive one is refused: it would be somebody's guess."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        # SQLite keeps no zone; what is stored is always UTC.
        return value and value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Base(DeclarativeBase):
    # A later migration can only change what has a name.
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcTime,
        date: Date,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        uuid.UUID: Uuid,
    }


class Owned:
    """A row that belongs to a scheme, with an id that other rows of the scheme can point at."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)

    @declared_attr
    def scheme_id(cls) -> Mapped[str]:
        return mapped_column(String(40), ForeignKey("scheme.id"))


def belongs(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key that carries the scheme."""
    return ForeignKeyConstraint(["scheme_id", column], [f"{table}.scheme_id", f"{table}.id"])


def unique_in_scheme(*columns: str) -> UniqueConstraint:
    return UniqueConstraint("scheme_id", *columns)
