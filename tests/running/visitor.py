"""Somebody at a browser's forms: native posts with cookies, as the pages send them."""

from dataclasses import dataclass, field
from uuid import uuid4

import httpx

PASSWORD = "tulip anchor meadow 42"


@dataclass
class Visitor:
    """Keeps a session cookie on one site. Every post goes over one kept connection."""

    site: str
    name: str = field(default_factory=lambda: uuid4().hex[:12])
    cookie: str = ""

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=self.site,
            limits=httpx.Limits(max_connections=1),
            timeout=60,
            verify=False,  # a local site; certificates would be read for every visitor
        )

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.name}@visitors.org"

    def sign_up(self) -> None:
        """Create an account and be signed in."""
        self.post("/auth/sign-up", self._new_account())

    def sign_in(self, email: str, password: str) -> None:
        """Sign in."""
        self.post("/auth/sign-in", {"email": email, "password": password})

    def redeem(self, key: str) -> bool:
        """Create an account and redeem the key with it; return whether it was accepted."""
        where = self.post("/auth/redeem", {**self._new_account(), "key": key})
        return where.startswith("/my-learning")

    def worker(self, token: str) -> int:
        """Return the process that answers on this connection."""
        headers = {"Authorization": f"Bearer {token}"}
        return int(self.http.get("/healthz", headers=headers).json()["worker"])

    def post(self, path: str, form: dict[str, str]) -> str:
        """Post a form as its page does, keep the session it gives, and return where it leads."""
        answer = self.http.post(path, data=form)
        if answer.status_code != 303:
            raise httpx.HTTPStatusError(answer.text, request=answer.request, response=answer)
        session = [value for value in answer.headers.get_list("set-cookie") if "grouplic=" in value]
        if session:
            self.cookie = session[-1].split(";")[0]
        return str(answer.headers["location"])

    def _new_account(self) -> dict[str, str]:
        return {
            "email": self.email,
            "first_name": "Bob",
            "last_name": "Marsh",
            "password": PASSWORD,
        }
