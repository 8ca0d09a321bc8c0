"""A saved quote as a file."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from grouplic.domain.refusals import NotFound, Refusal
from grouplic.http.downloads import draw
from grouplic.services.actors import actor_of
from grouplic.services.outside import Outside
from grouplic.services.quote_pdf import Seller, quote_pdf
from grouplic.services.saved_quotes import quote_of


def quote_routes(outside: Outside) -> list[Route]:
    """Return the route of the PDF; whoever may open the quote may have it."""

    async def pdf(request: Request) -> Response:
        return await draw(_pdf, outside, request)

    return [Route("/quotes/{quote}/quote.pdf", pdf, methods=["GET"])]


def _pdf(outside: Outside, request: Request) -> Response:
    cookie = request.cookies.get(outside.cookie_name, "")
    now = outside.clock()
    try:
        with outside.database.reading() as session:
            actor = actor_of(session, cookie, now)
            view = quote_of(session, request.path_params["quote"], actor, now)
    except Refusal as refusal:
        return PlainTextResponse(refusal.message, 404 if isinstance(refusal, NotFound) else 422)
    data = quote_pdf(view, Seller("Grouplic", outside.public_url))
    disposition = f'attachment; filename="{view.number}.pdf"'
    return Response(
        data, media_type="application/pdf", headers={"Content-Disposition": disposition}
    )
