"""Password hashes by argon2id, at the parameters OWASP's Password Storage Cheat Sheet names."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# 19 MiB, two passes, one lane. Every hash under way holds that memory, so their number is bounded.
_AT_ONCE = threading.BoundedSemaphore(8)


class Argon2Hasher:
    """Hashes and checks passwords; argon2 releases the interpreter's lock while it works."""

    def __init__(self, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        # Checked when there is no account, so that a missing one answers as late as a wrong one.
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return the encoded argon2id hash with its own salt."""
        with _AT_ONCE:
            return self._hasher.hash(password)

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Say whether the password fits the hash; without a hash, take as long and say no."""
        with _AT_ONCE:
            try:
                self._hasher.verify(password_hash or self._nobody, password)
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Say whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)
