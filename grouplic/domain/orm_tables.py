"""Every table in one import, for the metadata that migrations are compared with."""

from sqlmodel import SQLModel

from grouplic.domain import (
    after_sale,
    catalog,
    groups,
    help,
    joins,
    orders,
    people,
    progress,
    quizzes,
    records,
    reminding,
    uploads,
)

metadata = SQLModel.metadata
modules = (
    after_sale,
    catalog,
    groups,
    help,
    joins,
    orders,
    people,
    progress,
    quizzes,
    records,
    reminding,
    uploads,
)
