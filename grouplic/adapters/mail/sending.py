"""Where mails go: an SMTP server, or a folder that the local mailbox page shows."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib


class NotSent(Exception):
    """The mail was not accepted. ``final`` means that trying again cannot help."""

    def __init__(self, reason: str, final: bool) -> None:
        super().__init__(reason)
        self.final = final


Send = Callable[[EmailMessage], None]


@dataclass(frozen=True)
class Smtp:
    """An SMTP server: TLS from the start on port 465, STARTTLS on 587, else plain.

    ``seconds`` bound a whole delivery. They are fewer than the lease of a mail, so that a server
    which answers endlessly slowly never leads to a second worker that sends the same mail.
    """

    host: str
    port: int
    username: str = ""
    password: str = ""
    seconds: float = 60.0

    def __call__(self, message: EmailMessage) -> None:
        """Send the mail; raises ``NotSent`` with the server's reason."""
        try:
            # In a thread of its own: the caller's may have a loop that is running.
            with ThreadPoolExecutor(1) as alone:
                alone.submit(asyncio.run, self._deliver_in_time(message)).result()
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _not_sent(refused.recipients[0]) from None
        except aiosmtplib.SMTPResponseException as refused:
            raise _not_sent(refused) from None
        except TimeoutError:
            reason = f"The mail server took longer than {self.seconds:g} seconds."
            raise NotSent(reason, False) from None
        except (OSError, aiosmtplib.SMTPException) as problem:
            raise NotSent(str(problem) or type(problem).__name__, False) from None

    async def _deliver_in_time(self, message: EmailMessage) -> None:
        await asyncio.wait_for(self._deliver(message), self.seconds)

    async def _deliver(self, message: EmailMessage) -> None:
        server = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username or None,
            password=self.password or None,
            use_tls=self.port == 465,
            start_tls=self.port == 587,
            timeout=None,
        )
        await server.connect()
        try:
            await server.send_message(message)
        finally:
            # No QUIT: the mail is accepted, and a farewell that fails must not have it sent again.
            server.close()


def _not_sent(refused: aiosmtplib.SMTPResponseException) -> NotSent:
    answer = " ".join(str(refused.message).split())
    return NotSent(f"{refused.code} {answer}", refused.code >= 500)


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


def _summary(file: Path) -> tuple[str, str, str]:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    return str(message["To"]), str(message["Subject"]), text
