"""What must happen without anybody asking: reminders, and the nightly comparison."""

import logging
from datetime import timedelta

from grouplic.services.low_seats import tell_of_low_seats
from grouplic.services.outside import Outside
from grouplic.services.reconciling import Reconciler
from grouplic.services.renewals import remind_of_ends
from grouplic.services.tasks import is_due, take_turn

log = logging.getLogger(__name__)

_NIGHT = timedelta(hours=24)
_REMINDERS_EVERY = timedelta(hours=1)


def keep_up(outside: Outside) -> None:
    """Do what is due. Several workers may call this at any time: each thing happens once."""
    now = outside.clock()
    tell_of_low_seats(outside.database, now)
    if _is_our_turn(outside, "reminders", _REMINDERS_EVERY):
        remind_of_ends(outside.database, now)
    if _is_our_turn(outside, "reconciler", _NIGHT):
        night = Reconciler(outside.database, outside.payments, now)
        night.run()
        log.info("Compared with the provider: %s new differences", night.found)


def _is_our_turn(outside: Outside, name: str, every: timedelta) -> bool:
    now = outside.clock()
    with outside.database.reading() as session:
        if not is_due(session, name, every, now):
            return False
    with outside.database.writing() as session:
        return take_turn(session, name, every, now)
