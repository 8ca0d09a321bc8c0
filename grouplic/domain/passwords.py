"""Password rules after OWASP ASVS 5.0, chapter 6.2: length, common passwords, context, strength.

No rules of composition (6.2.5), no limit below 64 characters (6.2.9), nothing is trimmed (6.2.8).
"""

from collections.abc import Sequence

from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from grouplic.domain.refusals import Refusal

SHORTEST = 10
LONGEST = 256
_WEAK = 3  # zxcvbn's scale of 0 to 4: 3 withstands ten thousand million guesses
_SEEN_BY_ZXCVBN = 72  # its time grows with the square of the length
_COMMON = frozenset(FREQUENCY_LISTS["passwords"])


def check_password(password: str, context: Sequence[str] = ()) -> None:
    """Refuse a password that is too short, too long, common, about its owner, or easily guessed.

    ``context`` holds words an attacker would try first: the address, names, the site's name.
    """
    if problem := password_problem(password, context):
        raise Refusal(problem, "password")


def password_problem(password: str, context: Sequence[str] = ()) -> str:
    """Return what ``check_password`` would refuse with, or an empty text; takes milliseconds."""
    if problem := obvious_problem(password, context):
        return problem
    estimate = zxcvbn(password[:_SEEN_BY_ZXCVBN], user_inputs=_context_words(context))
    if estimate["score"] < _WEAK:
        hint = estimate["feedback"]["warning"] or "This password is easy to guess"
        return f"{hint.rstrip('.')}. Three or four unrelated words work well."
    return ""


def obvious_problem(password: str, context: Sequence[str] = ()) -> str:
    """Return what is wrong with the password at first sight, or an empty text; takes no time."""
    if len(password) < SHORTEST:
        return f"Choose a password of at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"Choose a password of at most {LONGEST} characters."
    if password.casefold() in _COMMON:
        return "This password is on every attacker's list. Choose another."
    folded = password.casefold()
    if any(folded in text.casefold() for text in context) and folded in _context_words(context):
        return "Choose a password that is not your name or address."
    return ""


def _context_words(context: Sequence[str]) -> list[str]:
    words = {"grouplic"}
    for text in context:
        lowered = text.casefold()
        words.add(lowered)
        words.update(part for part in lowered.replace("@", " ").replace(".", " ").split())
    return sorted(word for word in words if len(word) > 2)
