"""Certificates: shown to their owner, verified by anyone who has the code."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from grouplic.domain import keys
from grouplic.domain.quizzes import Certificate
from grouplic.domain.refusals import NotFound
from grouplic.services.actors import Actor

ERASED_NAME = "A person who has deleted their account"


@dataclass(frozen=True)
class CertificateView:
    """A certificate as anyone with its code may read it. ``code`` is spelled as people type it."""

    code: str
    learner_name: str
    module_title: str
    issued_on: date
    has_quiz: bool


def my_certificates(session: Session, actor: Actor) -> list[CertificateView]:
    """Return the actor's certificates, newest first; they stay when a seat is lost."""
    certificates = session.exec(
        select(Certificate)
        .where(Certificate.user_id == actor.user_id)
        .order_by(col(Certificate.issued_at).desc())
    )
    return [_view(certificate) for certificate in certificates]


def verify_certificate(session: Session, code: str) -> CertificateView:
    """Return the certificate with this code, as typed; refuse a code of none."""
    try:
        wanted = keys.read(str(code)[:100])
    except keys.MistypedKey:
        raise NoSuchCertificate from None
    certificate = session.exec(select(Certificate).where(Certificate.code == wanted)).first()
    if certificate is None:
        raise NoSuchCertificate
    return _view(certificate)


class NoSuchCertificate(NotFound):
    """No certificate has this code."""

    def __init__(self) -> None:
        super().__init__("certificate")
        self.message = (
            "No certificate has this code. Compare it with the paper, letter by letter; codes have "
            "no 0, 1, I, L or O."
        )


def _view(certificate: Certificate) -> CertificateView:
    return CertificateView(
        keys.show(certificate.code),
        certificate.learner_name,
        certificate.module_title,
        certificate.issued_at.date(),
        certificate.score is not None,
    )
