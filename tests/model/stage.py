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
from grouplic.adapters.secrets import DerivedTokens, FernetVault
from grouplic.domain.groups import EnrollmentKey, Seat
from grouplic.domain.orders import Order, OrderKind
from grouplic.domain.people import User
from grouplic.domain.uploads import Overflow
from grouplic.services import (
    checkout,
    inviting,
    join_link_terms,
    join_links,
    joining,
    key_ledger,
    key_voiding,
    learning,
    leaving,
    refunds,
    sent_invitations,
    undoing,
    waiting,
)
from grouplic.services.actors import Actor
from grouplic.services.credentials import prove_mailbox
from grouplic.services.filling import fill_from_waiting_list
from grouplic.services.inviting import Invitee
from grouplic.services.join_link_terms import Terms
from grouplic.services.key_filter import EVERY_KEY
from grouplic.services.key_voiding import Chosen
from grouplic.services.sheets import Limits
from grouplic.services.shop import Wish
from grouplic.services.waiting import ToWait, Where
from grouplic.settings import DEVELOPMENT_SECRET
from tests.cast import Cast
from tests.services.payments import Provider
from tests.services.test_admission import NoLimits
from tests.services.upload_site import Site

_TOKENS = DerivedTokens(DEVELOPMENT_SECRET)
_QUICK = Argon2Hasher(memory_kib=8, passes=1)


@dataclass
class Stage:
    """The database, the cast, a payment provider, and a clock that moves by itself."""

    database: Database
    cast: Cast
    now: datetime
    provider: Provider = field(default_factory=Provider)
    token: str = ""

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

    def refund(self, checkout_id: str, seats: int | None) -> None:
        """Give the whole order back, or some of its seats, as Olive."""
        with self.database.reading() as session:
            order = session.exec(select(Order.id).where(Order.checkout_id == checkout_id)).one()
        refunds.refund(
            self.database,
            self.provider,
            order,
            self.cast.olive,
            "Asked for",
            self.tick(),
            seats=seats,
        )

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

    def void(self, code: str) -> None:
        """Void the key, if it is live."""
        with self.database.writing() as session:
            key = session.exec(select(EnrollmentKey.id).where(EnrollmentKey.code == code)).one()
            chosen = Chosen(EVERY_KEY, (str(key),))
            key_voiding.void(session, self.cast.group_id, chosen, self.cast.alice, self.tick())

    def set_link(self, cap: int, lasts: timedelta | None, domain: str) -> None:
        """Make the join link, or change its terms."""
        terms = Terms(cap, self.now + lasts if lasts else None, (domain,) if domain else ())
        with self.database.writing() as session:
            link = join_link_terms.create_or_change(
                session, self.cast.group_id, terms, self.cast.alice, _TOKENS, self.tick()
            )
        self.token = join_links.token_of(link, _TOKENS)

    def switch_link(self, is_open: bool) -> None:
        """Turn the link on or off."""
        with self.database.writing() as session:
            join_link_terms.switch(
                session, self.cast.group_id, is_open, self.cast.alice, self.tick()
            )

    def follow_link(self, email: str) -> bool:
        """Join by the link; return whether the person was in already."""
        with self.database.writing() as session:
            person = self.actor(session, email)
            return join_links.join(session, self.token, person, self.tick()).already_in

    def upload(self, people: Sequence[str], overflow: Overflow) -> str:
        """Upload a file, confirm it and import it; return which one it is."""
        with uploading(self, _QUICK) as site:
            upload = site.upload(*(f"{email},,Dan,Novak" for email in people))
            site.confirm(upload, overflow)
            site.work()
        return str(upload)

    def undo(self, upload: str) -> None:
        """Take an import back."""
        with self.database.writing() as session:
            undoing.undo(session, upload, self.cast.alice, self.tick())
        with uploading(self, _QUICK) as site:
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

    def take_off_list(self, email: str) -> None:
        """Take somebody off the waiting list."""
        with self.database.writing() as session:
            waiting.take_off_waiting_list(
                session,
                self.cast.group_id,
                self._waits(session, email),
                self.cast.alice,
                self.tick(),
            )

    def put_first(self, email: str) -> None:
        """Move somebody to the front of the waiting list."""
        with self.database.writing() as session:
            waiting.move_on_waiting_list(
                session,
                self.cast.group_id,
                self._waits(session, email),
                Where.FRONT,
                self.cast.alice,
                self.tick(),
            )

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
            rows = sent_invitations.invitations_of(session, self.cast.group_id, self.cast.alice)
            if not rows:
                return False
            chosen = rows[number % len(rows)].id
            sent_invitations.resend(
                session, self.cast.group_id, chosen, self.cast.alice, self.tick()
            )
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

    def _user(self, session: Session, email: str) -> User:
        return session.exec(select(User).where(User.email_key == email)).one()

    def _waits(self, session: Session, email: str) -> UUID:
        rows, _ = waiting.waiting_list(session, self.cast.group_id, self.cast.alice)
        return next(row.id for row in rows if row.email == email)


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
