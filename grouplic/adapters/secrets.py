"""The server's key: one-time tokens derived from it."""

import base64
import hashlib
import hmac
from uuid import UUID

from cryptography.fernet import Fernet


class DerivedTokens:
    """One-time tokens as HMAC-SHA-256 of their purpose, subject and generation (RFC 2104).

    Nothing has to be stored to make the same token again, so a retried mail is the same mail.
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(f"one-time tokens:{secret}".encode()).digest()

    def derive(self, purpose: str, subject: UUID, generation: int) -> str:
        """Return 256 bits as URL-safe text without padding."""
        message = f"{purpose}:{subject}:{generation}".encode()
        digest = hmac.new(self._key, message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class FernetVault:
    """Encrypts with Fernet under a key derived from the server's."""

    def __init__(self, secret: str) -> None:
        key = hashlib.sha256(f"supplied passwords:{secret}".encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def lock(self, plain: str) -> str:
        """Return the encrypted text."""
        return self._fernet.encrypt(plain.encode()).decode()

    def unlock(self, locked: str) -> str:
        """Return the plain text again."""
        return self._fernet.decrypt(locked.encode()).decode()
