"""Where mails go: an SMTP server, or a folder that the local mailbox page shows."""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


class NotSent(Exception):
    """The mail was not accepted. ``final`` means that trying again cannot help."""

    def __init__(self, reason: str, final: bool) -> None:
        super().__init__(reason)
        self.final = final


Send = Callable[[EmailMessage], None]


@dataclass(frozen=True)
class Smtp:
    """An SMTP server: TLS from the start on port 465, STARTTLS on 587, else plain."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    seconds: float = 30.0

    def __call__(self, message: EmailMessage) -> None:
        """Send the mail; raises ``NotSent`` with the server's reason."""
        try:
            with self._connect() as server:
                if self.username:
                    server.login(self.username, self.password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, answer = next(iter(refused.recipients.values()))
            raise NotSent(f"{code} {_text(answer)}", code >= 500) from None
        except smtplib.SMTPResponseException as refused:
            reason = _text(refused.smtp_error)
            raise NotSent(f"{refused.smtp_code} {reason}", refused.smtp_code >= 500) from None
        except (OSError, smtplib.SMTPException) as problem:
            raise NotSent(str(problem) or type(problem).__name__, False) from None

    def _connect(self) -> smtplib.SMTP:
        if self.port == 465:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.seconds)
        server = smtplib.SMTP(self.host, self.port, timeout=self.seconds)
        if self.port == 587:
            server.starttls()
        return server


@dataclass(frozen=True)
class LocalMailbox:
    """Keeps mails as files, newest last, for the local mailbox page."""

    folder: Path

    def __call__(self, message: EmailMessage) -> None:
        """Keep the mail; a second copy of the same mail replaces the first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").split("@")[0]
        (self.folder / f"{name}.eml").write_bytes(message.as_bytes(policy=policy.SMTP))

    def newest(self, most: int = 50) -> list[tuple[str, str, str]]:
        """Return recipient, subject and text of the newest mails, the latest first."""
        files = sorted(self.folder.glob("*.eml"), reverse=True)[:most]
        return [_summary(file) for file in files]


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


def _summary(file: Path) -> tuple[str, str, str]:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    return str(message["To"]), str(message["Subject"]), text
