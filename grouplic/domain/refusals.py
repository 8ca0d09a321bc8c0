"""Expected refusals. Each carries a sentence a person can act on; anything else is a bug."""

from datetime import datetime


class Refusal(Exception):
    """The request is understood and declined; nothing was changed.

    ``message`` is ready for the screen. ``field`` names the input it belongs to, if one does.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class SignInNeeded(Refusal):
    """Nobody is signed in, or the session has ended."""

    def __init__(self) -> None:
        super().__init__("Please sign in first.")


class NotFound(Refusal):
    """What was asked for does not exist, or is not the actor's to see: both answer alike."""

    def __init__(self, what: str = "page") -> None:
        super().__init__(f"This {what} does not exist, or you do not have access to it.")


class RoleTooNarrow(Refusal):
    """The actor leads the group, and the role does not include what was asked."""

    def __init__(self, group_name: str) -> None:
        super().__init__(f"Your role in {group_name} does not include this. Ask its main leader.")


class PasswordChangeNeeded(Refusal):
    """The password was chosen by someone else, and must be changed before anything is done."""

    def __init__(self) -> None:
        super().__init__("Please choose your own password first.")


class TooManyAttempts(Refusal):
    """A limit on failed attempts was reached; ``retry_at`` says when it opens again (UTC)."""

    def __init__(self, retry_at: datetime, now: datetime) -> None:
        minutes = max(1, -(-int((retry_at - now).total_seconds()) // 60))
        unit = "minute" if minutes == 1 else "minutes"
        super().__init__(f"Too many failed attempts. Please try again in {minutes} {unit}.")
        self.retry_at = retry_at


class AllowanceUsedUp(Refusal):
    """So many of something are allowed in a while; the message says when it goes on."""

    def __init__(self, amount: int, retry_at: datetime, now: datetime) -> None:
        minutes = max(1, -(-int((retry_at - now).total_seconds()) // 60))
        wait = "1 minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__(
            f"That is more than the {amount:,} this site allows in a while. "
            f"Go on in {wait}, or with fewer."
        )
        self.retry_at = retry_at


class OutOfReach(Refusal):
    """What the site stands on does not answer just now, or has no room; later it will."""


class TooManyAtOnce(Refusal):
    """So much is being done at this moment that one thing more would make everybody wait."""

    def __init__(self) -> None:
        super().__init__(
            "Many people are here right now, and this did not get its turn. "
            "Nothing was changed; please try again in a minute."
        )
