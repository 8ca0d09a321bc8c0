"""Everything the use cases need from outside, in one place; the composition root fills it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from grouplic.domain.help import Article
from grouplic.domain.orders import PaymentEvent
from grouplic.services.certificates import CertificateView
from grouplic.services.even_answers import EvenAnswers
from grouplic.services.lateness import Lateness
from grouplic.services.leaving import ReclaimRule
from grouplic.services.outbox import Letter
from grouplic.services.ports import Attempts, Hasher, Payments, Texts, Tokens, Transactions, Vault
from grouplic.services.room import Room
from grouplic.services.sheets import Limits
from grouplic.services.signing_in import SignIn

Verify = Callable[[bytes, str, datetime], PaymentEvent | None]


@dataclass(frozen=True)
class Outside:
    """The adapters a running process uses, and the few settings that pages show."""

    database: Transactions
    hasher: Hasher
    attempts: Attempts
    tokens: Tokens
    vault: Vault
    payments: Payments
    verify_event: Verify
    clock: Callable[[], datetime]
    session_lifetime: timedelta
    public_url: str
    cookie_name: str
    secure_cookie: bool
    secret_key: str
    trusted_proxies: int
    in_production: bool
    local_payments: bool
    local_mailbox: bool
    read_mailbox: Callable[[], list[tuple[str, str, str]]]
    letter_text: Callable[[Letter], str]
    reclaim_rule: ReclaimRule
    upload_limits: Limits
    catalog_dir: Path
    certificate_pdf: Callable[[CertificateView, str], bytes]
    invoice_days: int
    texts: Texts
    articles: tuple[Article, ...]
    lateness: Lateness
    events: Room
    requests: Room
    pages: Room
    visits: Room
    even_answers: EvenAnswers  # of forms that could tell who has an account

    @property
    def sign_in(self) -> SignIn:
        """The part that signing in needs."""
        return SignIn(self.database, self.hasher, self.attempts, self.tokens, self.session_lifetime)
