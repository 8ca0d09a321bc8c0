"""Which modules are for sale: an operator's word. Their texts and prices are the catalog's."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, select

from grouplic.domain.catalog import Module
from grouplic.domain.groups import GroupModule
from grouplic.domain.refusals import NotFound
from grouplic.services.actors import Actor, require_operator
from grouplic.services.identifiers import id_of
from grouplic.services.recording import record, touch


@dataclass(frozen=True)
class ModuleOversight:
    """A module as operators see it."""

    module: Module
    groups: int


def oversee_module(session: Session, module_id: UUID | str, actor: Actor) -> ModuleOversight:
    """Return the module for an operator; refuse everyone else."""
    module = _module(session, module_id, actor)
    having = select(func.count()).select_from(GroupModule)
    groups = session.exec(having.where(GroupModule.module_id == module.id)).one()
    return ModuleOversight(module, groups)


def set_for_sale(
    session: Session, module_id: UUID | str, for_sale: bool, actor: Actor, now: datetime
) -> None:
    """Take a module off sale, or put it on sale again. Groups that have it keep it, and may add
    seats; loading the catalog leaves this as it is.
    """
    module = _module(session, module_id, actor)
    if module.for_sale == for_sale:
        return
    module.for_sale = for_sale
    session.add(module)
    kind = "module_put_on_sale" if for_sale else "module_taken_off_sale"
    record(session, kind, now, actor.user_id, None, module=module.slug)
    touch(session, "catalog")


def _module(session: Session, module_id: UUID | str, actor: Actor) -> Module:
    require_operator(actor)
    module = session.get(Module, id_of("module", module_id))
    if module is None:
        raise NotFound("module")
    return module
