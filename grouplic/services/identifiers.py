"""Ids that a page, a mail or the payment provider named: they may be any text."""

from uuid import UUID

from grouplic.domain.refusals import NotFound


def identifier(text: UUID | str) -> UUID | None:
    """Return the id, or None for what cannot be one."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def id_of(what: str, text: UUID | str) -> UUID:
    """Return the id; refuse what cannot be one, as what does not exist: ``what``, such as group."""
    found = identifier(text)
    if found is None:
        raise NotFound(what)
    return found
