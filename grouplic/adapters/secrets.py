"""The server's key: one-time tokens derived from it."""

import base64
import hashlib
import hmac
from uuid import UUID


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
