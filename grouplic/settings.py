"""Typed settings from the environment. Production refuses to start with an unsafe one."""

from functools import lru_cache
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_SECRET = "development-only-secret-that-production-refuses"  # noqa: S105
LOCAL_STRIPE_KEY = "sk_test_local_payment_page"
LOCAL_STRIPE_WEBHOOK_SECRET = "whsec_local_payment_page"  # noqa: S105


class Settings(BaseSettings):
    """Every setting, with its default and what it is for. The README prints this as a table."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    environment: Literal["development", "test", "production"] = Field(
        "development", description="`production` turns on the safety checks below."
    )
    secret_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        description="Derives one-time links and signs forms. At least 32 characters; keep it.",
    )
    public_url: str = Field(
        "", description="The address people open. Empty: http://localhost and the port."
    )
    database_url: str = Field(
        "sqlite:///var/grouplic.db",
        description="`sqlite:///…` or `postgresql+psycopg://user:password@host/name`.",
    )
    redis_url: str = Field("", description="Redis for more than one worker: states, live bus.")
    host: str = Field("127.0.0.1", description="The IP address to listen on.")
    port: int = Field(3000, description="The port to listen on; no rebuild is needed.")
    workers: int = Field(1, ge=1, description="Worker processes; more than one needs Redis.")
    data_dir: str = Field("var", description="Where local mails and payments are kept.")
    catalog_dir: str = Field("catalog", description="The folder of the modules.")
    pdf_font: str = Field(
        "", description="A font file for PDFs, for scripts beyond Latin, Greek and Cyrillic."
    )
    session_days: int = Field(14, ge=1, description="Days until a sign-in ends by itself.")
    trusted_proxies: int = Field(
        0, ge=0, description="Proxies in front; their `X-Forwarded-For` entries are believed."
    )

    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for `/metrics`. Empty: there is no `/metrics`."
    )
    log_json: bool = Field(False, description="Write the log as JSON, one object a line.")

    stripe_key: SecretStr = Field(
        SecretStr(""), description="Stripe's secret key. Empty: the local payment page."
    )
    stripe_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Signing secret of the webhook endpoint; two by a comma to roll."
    )

    promotion_codes: bool = Field(
        True, description="Buyers may type a promotion code of the Stripe account at checkout."
    )
    stripe_tax: bool = Field(False, description="Let Stripe Tax compute and add taxes.")
    collect_tax_id: bool = Field(False, description="Ask buyers for a tax id at checkout.")
    collect_address: bool = Field(False, description="Ask for a billing address at checkout.")
    invoice_days: int = Field(30, ge=1, le=120, description="Days until an invoice is due.")
    texts_dir: str = Field(
        "texts", description="Folder of `terms.md`, `privacy.md`, `contact.md`: your texts."
    )

    smtp_host: str = Field("", description="SMTP server. Empty: mails go to the local mailbox.")
    smtp_port: int = Field(587, description="587 with STARTTLS, 465 with TLS, else plain.")
    smtp_username: str = Field("", description="User name at the SMTP server, if it wants one.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the SMTP server.")
    mail_from: str = Field("Grouplic <hello@grouplic.example>", description="Sender of every mail.")

    failed_sign_ins_per_account: str = Field(
        "10/15minutes", description="Failed passwords for one account before it must wait."
    )
    failed_sign_ins_per_address: str = Field(
        "200/15minutes", description="Failed passwords from one network address."
    )
    failed_keys_per_address: str = Field(
        "60/15minutes", description="Failed enrollment keys from one network address."
    )
    failed_keys_per_account: str = Field(
        "20/15minutes", description="Failed enrollment keys by one account."
    )
    links_per_account: str = Field(
        "5/hour", description="Password and confirmation links mailed to one address."
    )
    new_accounts_per_address: str = Field(
        "600/hour", description="Accounts asked for from one network address."
    )

    invitations_per_leader: str = Field(
        "1000/hour", description="Invitations a leader can send, sent again ones included."
    )
    lookups_per_leader: str = Field(
        "5000/hour", description="Addresses a leader can have looked up before inviting them."
    )
    upload_megabytes: int = Field(
        25, ge=1, le=500, description="The largest file of people, in megabytes."
    )
    upload_rows: int = Field(
        100_000, ge=1, le=1_000_000, description="The most rows of a file of people."
    )
    help_votes_per_address: str = Field(
        "60/hour", description="Votes on help articles from one network address."
    )
    browser_reports_per_address: str = Field(
        "60/hour",
        description="Errors of their browsers that pages report from one network address.",
    )
    reclaim_rule: Literal["not_started", "always", "never"] = Field(
        "not_started", description="When the seat of a removed learner comes back as open."
    )

    events_at_once: int = Field(
        400, ge=1, description="Clicks being answered in each worker; more are refused politely."
    )
    requests_at_once: int = Field(
        100, ge=1, description="Forms and downloads being answered in each worker; more get 503."
    )
    open_pages: int = Field(
        4000, ge=1, description="Open pages of each worker, up to 250 KB each; more connect later."
    )
    longest_wait: float = Field(
        0.5,
        ge=0,
        description="Seconds that a step may wait in a worker, for two seconds on end, before "
        "newcomers are refused politely; 0: however long.",
    )

    @property
    def in_production(self) -> bool:
        """Whether the safety checks apply."""
        return self.environment == "production"

    @property
    def origin(self) -> str:
        """Scheme and host of ``public_url``, as a browser sends it in Origin."""
        parts = urlsplit(self.public_url or f"http://localhost:{self.port}")
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def internal_url(self) -> str:
        """Where the app reaches itself, for the local payment page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def secure_cookie(self) -> bool:
        """Cookies are Secure wherever the site is served over https."""
        return self.origin.startswith("https://")

    @property
    def cookie_name(self) -> str:
        """The session cookie; `__Host-` binds it to this host and to https."""
        return "__Host-grouplic" if self.secure_cookie else "grouplic"

    @property
    def uses_local_stripe(self) -> bool:
        """Whether payments go to the local payment page."""
        return not self.stripe_key.get_secret_value()

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Self:
        if not self.in_production:
            return self
        problems = list(self._problems())
        if problems:
            raise ValueError("Grouplic does not start in production: " + " ".join(problems))
        return self

    def _problems(self) -> list[str]:
        secret = self.secret_key.get_secret_value()
        checks = {
            "SECRET_KEY is the development secret; set a random one.": secret == DEVELOPMENT_SECRET,
            "SECRET_KEY is shorter than 32 characters.": len(secret) < 32,
            "STRIPE_KEY is not set, and the local payment page sells for nothing.": (
                self.uses_local_stripe
            ),
            "STRIPE_WEBHOOK_SECRET is not set, so nobody could tell a forged payment.": not (
                self.stripe_webhook_secret.get_secret_value()
            ),
            "PUBLIC_URL must start with https://, or the session cookie is insecure.": not (
                self.secure_cookie
            ),
            "PUBLIC_URL must name one host; a wildcard lets any site in.": "*" in self.public_url,
            "SMTP_HOST is not set, so no mail would leave.": not self.smtp_host,
        }
        return [problem for problem, found in checks.items() if found]


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
