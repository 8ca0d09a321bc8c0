"""Every table in one import, for the metadata that migrations are compared with."""

from sqlmodel import SQLModel

from grouplic.domain import catalog, groups, orders, people, progress, records

metadata = SQLModel.metadata
modules = (catalog, groups, orders, people, progress, records)
