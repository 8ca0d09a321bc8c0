"""The composition root's parts: adapters chosen by the settings."""

import sys
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path

from grouplic.adapters.attempt_limits import AttemptLimits
from grouplic.adapters.catalog_files import read_catalog
from grouplic.adapters.certificate_pdf import certificate_pdf
from grouplic.adapters.database import Database
from grouplic.adapters.help_files import read_articles
from grouplic.adapters.live_bus import LiveBus
from grouplic.adapters.local_stripe.config import LocalStripeConfig
from grouplic.adapters.mail.rendering import render_text
from grouplic.adapters.mail.sending import LocalMailbox, Smtp
from grouplic.adapters.mail.worker import Outbox
from grouplic.adapters.operator_texts import OperatorTexts
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.adapters.secrets import DerivedTokens, FernetVault
from grouplic.adapters.stripe_events import SignedEvents
from grouplic.adapters.stripe_payments import StripePayments
from grouplic.adapters.stripe_requests import CheckoutOptions
from grouplic.services.catalog import ModuleText
from grouplic.services.even_answers import EvenAnswers
from grouplic.services.lateness import Lateness
from grouplic.services.leaving import ReclaimRule
from grouplic.services.outside import Outside
from grouplic.services.room import Room
from grouplic.services.sheets import Limits
from grouplic.settings import (
    LOCAL_STRIPE_KEY,
    LOCAL_STRIPE_WEBHOOK_SECRET,
    Settings,
    settings,
)

LOCAL_STRIPE_PATH = "/local-stripe"
LIMITS = (
    "failed_sign_ins_per_account",
    "failed_sign_ins_per_address",
    "failed_keys_per_account",
    "failed_keys_per_address",
    "links_per_account",
    "new_accounts_per_address",
    "invitations_per_leader",
    "lookups_per_leader",
    "help_votes_per_address",
    "browser_reports_per_address",
)


def clock() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=1)
def live_bus() -> LiveBus:
    """Return this process's live bus."""
    return LiveBus(settings().redis_url)


def redis_answers() -> bool:
    """Ask Redis for a sign of life, where one is set; raises when it gives none."""
    live_bus().ping()
    return True


@lru_cache(maxsize=1)
def database() -> Database:
    """Return this process's database; no connection is opened before the first use."""
    return Database(settings().database_url, announce=live_bus().announce)


@lru_cache(maxsize=1)
def outside() -> Outside:
    """Return the adapters of this process, as its settings choose them."""
    chosen = settings()
    secret = chosen.secret_key.get_secret_value()
    lateness = Lateness(chosen.longest_wait)
    return Outside(
        database=database(),
        hasher=Argon2Hasher(),
        attempts=_attempts(chosen),
        tokens=DerivedTokens(secret),
        vault=FernetVault(secret),
        payments=_payments(chosen),
        verify_event=_events(chosen).verify,
        clock=clock,
        session_lifetime=timedelta(days=chosen.session_days),
        public_url=chosen.origin,
        cookie_name=chosen.cookie_name,
        secure_cookie=chosen.secure_cookie,
        secret_key=secret,
        trusted_proxies=chosen.trusted_proxies,
        in_production=chosen.in_production,
        local_payments=chosen.uses_local_stripe,
        local_mailbox=not chosen.smtp_host,
        read_mailbox=_mailbox().newest,
        letter_text=render_text,
        reclaim_rule=ReclaimRule(chosen.reclaim_rule),
        upload_limits=Limits(chosen.upload_megabytes * 1_000_000, chosen.upload_rows),
        catalog_dir=Path(chosen.catalog_dir),
        certificate_pdf=partial(certificate_pdf, extra_font=chosen.pdf_font),
        invoice_days=chosen.invoice_days,
        texts=OperatorTexts(Path(chosen.texts_dir)),
        articles=read_articles(),
        lateness=lateness,
        events=Room(chosen.events_at_once, lateness.is_late),
        requests=Room(chosen.requests_at_once, lateness.is_late),
        pages=Room(chosen.open_pages, lateness.is_late),
        visits=Room(sys.maxsize, lateness.is_late),
        even_answers=EvenAnswers(0.4),
    )


@lru_cache(maxsize=1)
def outbox() -> Outbox:
    """Return what sending mail needs: SMTP where it is set, else the local mailbox."""
    chosen = settings()
    send = _mailbox() if not chosen.smtp_host else _smtp(chosen)
    return Outbox(database(), send, chosen.mail_from, outside().tokens, chosen.origin, clock)


def written_modules() -> list[ModuleText]:
    """Return the modules of the catalog's files, in their order; raises for an invalid one."""
    return sorted(read_catalog(Path(settings().catalog_dir)), key=lambda one: one.position)


def local_stripe_config() -> LocalStripeConfig:
    """Return what the local payment page has to be told."""
    chosen = settings()
    return LocalStripeConfig(
        database_path=Path(chosen.data_dir) / "local-stripe.db",
        api_key=LOCAL_STRIPE_KEY,
        webhook_secret=LOCAL_STRIPE_WEBHOOK_SECRET,
        webhook_url=f"{chosen.internal_url}/webhooks/stripe",
        # By number and not by name: to the site's own host the frontend would route by itself.
        page_base=chosen.internal_url + LOCAL_STRIPE_PATH,
        now=clock,
    )


def _mailbox() -> LocalMailbox:
    return LocalMailbox(Path(settings().data_dir) / "mailbox")


def _smtp(chosen: Settings) -> Smtp:
    password = chosen.smtp_password.get_secret_value()
    return Smtp(chosen.smtp_host, chosen.smtp_port, chosen.smtp_username, password)


def _attempts(chosen: Settings) -> AttemptLimits:
    return AttemptLimits({kind: getattr(chosen, kind) for kind in LIMITS}, chosen.redis_url)


def _payments(chosen: Settings) -> StripePayments:
    options = CheckoutOptions(
        promotion_codes=chosen.promotion_codes,
        automatic_tax=chosen.stripe_tax,
        tax_ids=chosen.collect_tax_id,
        billing_address=chosen.collect_address,
    )
    if chosen.uses_local_stripe:
        base = chosen.internal_url + LOCAL_STRIPE_PATH
        return StripePayments(LOCAL_STRIPE_KEY, chosen.origin, base, options)
    key = chosen.stripe_key.get_secret_value()
    return StripePayments(key, chosen.origin, options=options)


def _events(chosen: Settings) -> SignedEvents:
    if chosen.uses_local_stripe:
        return SignedEvents((LOCAL_STRIPE_WEBHOOK_SECRET,))
    secrets = chosen.stripe_webhook_secret.get_secret_value().split(",")
    return SignedEvents(tuple(secret.strip() for secret in secrets))
