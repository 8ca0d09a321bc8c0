"""A certificate, as anyone who has its code may verify it."""

import reflex as rx

from grouplic.services.certificates import verify_certificate
from grouplic.ui import parts, seam
from grouplic.ui.money import show_day
from grouplic.ui.shell import page

el = rx.el


_NO_CODE = "verify"


class CertificateState(seam.Refusable, rx.State):
    """The certificate with the code of the page's address."""

    learner: str = ""
    module_title: str = ""
    statement: str = ""
    issued: str = ""
    certificate_code: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Look it up; anyone may. The address without a code asks for one."""
        code = str(self.code)
        self.loaded, self.certificate_code = code == _NO_CODE, ""
        if self.loaded:
            return
        try:
            found = await seam.read_as_anyone(
                self, lambda session, _actor, _now: verify_certificate(session, code)
            )
        finally:
            self.loaded = True
        self.learner, self.module_title = found.learner_name, found.module_title
        self.statement = (
            "has completed every lesson and passed the quiz of"
            if found.has_quiz
            else "has completed every lesson of"
        )
        self.issued, self.certificate_code = show_day(found.issued_on), found.code

    @rx.event
    @seam.shows_refusals
    async def look_up(self, form: dict):
        """Go to the page of a code that somebody typed."""
        typed = form.get("typed", "") if isinstance(form, dict) else ""
        symbols = "".join(one for one in str(typed)[:100] if one.isalnum() or one == "-")
        return rx.redirect(f"/certificates/{symbols or _NO_CODE}")


def certificate() -> rx.Component:
    """The page."""
    state = CertificateState
    return page(
        parts.when_loaded(
            state.loaded, rx.cond(state.certificate_code != "", _paper(state), _unknown(state))
        ),
        narrow=True,
    )


def _paper(state: type[CertificateState]) -> rx.Component:
    return el.div(
        parts.notice("good", el.b("Valid. "), "Grouplic issued this certificate."),
        el.article(
            el.div(
                parts.mark(),
                el.span("Grouplic", class_name="grow"),
                el.span("Certificate of completion", class_name="eyebrow"),
                class_name="head",
            ),
            el.h1(state.learner, class_name="name"),
            el.p(state.statement),
            el.p(state.module_title, class_name="title"),
            el.dl(
                el.div(el.dt("Date"), el.dd(state.issued)),
                el.div(el.dt("Code"), el.dd(state.certificate_code)),
            ),
            class_name="paper",
        ),
        el.div(
            parts.download_link(
                "Download the PDF",
                "/certificates/" + state.certificate_code + "/certificate.pdf",
                class_name="btn primary",
            ),
            class_name="row",
        ),
        class_name="stack-wide",
    )


def _unknown(state: type[CertificateState]) -> rx.Component:
    return el.div(
        el.h1("Verify a certificate"),
        el.p("Its code says whether we issued it, to whom and for what.", class_name="hint"),
        parts.refusal(state.refusal),
        el.form(
            parts.field("The code on the certificate", "typed", required=True, max_length=40),
            parts.primary("Verify", type="submit"),
            on_submit=state.look_up,
            class_name="stack",
        ),
        class_name="card stack",
    )
