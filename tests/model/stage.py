"""What the machine does to the real thing: one method for each thing people do."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.adapters.database import Database
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.adapters.secrets import FernetVault
from grouplic.domain.groups import EnrollmentKey, Group, Seat
from grouplic.domain.joins import Invitation
from grouplic.domain.orders import Order, OrderKind
from grouplic.domain.people import User
from grouplic.domain.uploads import Overflow
from grouplic.services import (
    checkout,
    inviting,
    joining,
    key_ledger,
    learning,
    leaving,
    waiting,
)
from grouplic.services.actors import Actor
from grouplic.services.credentials import prove_mailbox
from grouplic.services.filling import fill_from_waiting_list
from grouplic.services.inviting import Invitee
from grouplic.services.sheets import Limits
from grouplic.services.shop import Wish
from grouplic.services.waiting import ToWait
from grouplic.settings import DEVELOPMENT_SECRET
from tests.cast import Cast
from tests.services.payments import Provider
from tests.services.test_admission import NoLimits
from tests.services.upload_site import Site


@dataclass
class Stage:
    """The database, the cast, a payment provider, and a clock that moves by itself."""

    database: Database
    cast: Cast
    now: datetime
    provider: Provider = field(default_factory=Provider)

    def tick(self) -> datetime:
        """Let a second pass."""
        self.now += timedelta(seconds=1)
        return self.now

    def buy(self, kind: OrderKind, seats: int = 1, modules: tuple[str, ...] = ()) -> str:
        """Start a checkout, which ends the one the group has open; return its id."""
        wish = Wish(kind, group_id=str(self.cast.group_id), modules=modules, seats=seats)
        return checkout.start_checkout(
            self.database, self.provider, wish, self.cast.alice, self.tick()
        ).id

    def settle(self, checkout_id: str) -> None:
        """Hear of the checkout, as a webhook, the return page or the reconciler do."""
        order_id = UUID(self.provider.checkouts[checkout_id].order_id)
        checkout.settle_order(self.database, self.provider, order_id, self.tick())

    def status(self, checkout_id: str) -> str:
        """Return how the checkout's order stands."""
        with self.database.reading() as session:
            return session.exec(select(Order.status).where(Order.checkout_id == checkout_id)).one()

    def invite(self, people: Sequence[str]) -> None:
        """Invite the addresses."""
        with self.database.writing() as session:
            invitees = [Invitee(email, "Dan", "Novak") for email in people]
            inviting.invite(session, self.cast.group_id, invitees, self.cast.alice, self.tick())

    def mail_keys(self, people: Sequence[str]) -> None:
        """Mail each of the addresses a key."""
        with self.database.writing() as session:
            invitees = [Invitee(email) for email in people]
            inviting.mail_keys(session, self.cast.group_id, invitees, self.cast.alice, self.tick())

    def hand_out(self, quantity: int) -> None:
        """Hand out keys."""
        with self.database.writing() as session:
            key_ledger.hand_out(session, self.cast.group_id, quantity, self.cast.alice, self.tick())

    def upload(self, people: Sequence[str], overflow: Overflow) -> None:
        """Upload a file, confirm it and import it."""
        with uploading(self, Argon2Hasher(memory_kib=8, passes=1)) as site:
            site.confirm(site.upload(*(f"{email},,Dan,Novak" for email in people)), overflow)
            site.work()

    def wait(self, people: Sequence[str]) -> None:
        """Put people on the waiting list, and let the worker look at it."""
        with self.database.writing() as session:
            waiting.put_on_waiting_list(
                session,
                self.cast.group_id,
                [ToWait(email, "Dan", "Novak") for email in people],
                joining.Way.INVITE,
                self.cast.alice.user_id,
                self.tick(),
            )
        with self.database.writing() as session:
            fill_from_waiting_list(session, self.cast.group_id, self.tick())

    def redeem(self, code: str, email: str) -> bool:
        """Redeem a key as the person; return whether they were in already."""
        with self.database.writing() as session:
            return joining.redeem(session, code, self.actor(session, email), self.tick()).already_in

    def remove(self, email: str) -> None:
        """Remove a learner."""
        with self.database.writing() as session:
            person = self.actor(session, email).user_id
            leaving.remove(session, self.cast.group_id, person, self.cast.alice, self.tick())

    def swap(self, email: str, newcomer: str) -> None:
        """Swap a learner for somebody else."""
        with self.database.writing() as session:
            person = self.actor(session, email).user_id
            leaving.swap(
                session,
                self.cast.group_id,
                person,
                (newcomer, "Dan", "Novak"),
                self.cast.alice,
                self.tick(),
            )

    def resend(self, number: int) -> bool:
        """Send one of the standing invitations again; return whether there was one."""
        with self.database.writing() as session:
            rows = inviting.invitations_of(session, self.cast.group_id, self.cast.alice)
            if not rows:
                return False
            chosen = rows[number % len(rows)].id
            inviting.resend(session, self.cast.group_id, chosen, self.cast.alice, self.tick())
        return True

    def read(self, email: str) -> None:
        """Open the first lesson."""
        with self.database.writing() as session:
            actor = self.actor(session, email)
            learning.open_lesson(session, actor, "writing", "lesson-1", self.tick())

    def prove(self, email: str) -> None:
        """Use a link that came by mail."""
        with self.database.writing() as session:
            prove_mailbox(session, self._user(session, email), self.tick())

    def end_term(self, ends_at: datetime | None) -> None:
        """Set the end of the license, and let the worker look at the waiting list."""
        with self.database.writing() as session:
            session.get_one(Group, self.cast.group_id).ends_at = ends_at
        with self.database.writing() as session:
            fill_from_waiting_list(session, self.cast.group_id, self.tick())

    def actor(self, session: Session, email: str) -> Actor:
        """Return the person as if signed in."""
        user = self._user(session, email)
        return replace(self.cast.bob, user_id=user.id, email=user.email)

    def codes(self) -> list[tuple[str, int, bool]]:
        """Return every key there ever was: code, seat, whether it is live."""
        with self.database.reading() as session:
            rows = session.exec(
                select(
                    EnrollmentKey.code,
                    Seat.number,
                    EnrollmentKey.voided_at,
                    EnrollmentKey.redeemed_at,
                )
                .join(Seat, col(Seat.id) == col(EnrollmentKey.seat_id))
                .order_by(col(EnrollmentKey.id))
            )
            return [(code, seat, not (voided or used)) for code, seat, voided, used in rows]

    def keys_mailed(self) -> set[int]:
        """Return the seats whose key was mailed and still counts."""
        with self.database.reading() as session:
            return set(
                session.exec(
                    select(Seat.number)
                    .join(EnrollmentKey, col(EnrollmentKey.seat_id) == col(Seat.id))
                    .join(Invitation, col(Invitation.key_id) == col(EnrollmentKey.id))
                    .where(col(Invitation.ended_at).is_(None), Seat.state == "issued")
                )
            )

    def _user(self, session: Session, email: str) -> User:
        return session.exec(select(User).where(User.email_key == email)).one()


@contextmanager
def uploading(stage: Stage, hasher: Argon2Hasher) -> Iterator[Site]:
    """Give a leader's steps of an upload."""
    outside = SimpleNamespace(
        database=stage.database,
        hasher=hasher,
        vault=FernetVault(DEVELOPMENT_SECRET),
        attempts=NoLimits(),
        clock=stage.tick,
        upload_limits=Limits(),
    )
    yield Site(outside, stage.cast)
