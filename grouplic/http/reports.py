"""Reports to download: the table as CSV and XLSX in a stream, and a PDF to hand on."""

from collections.abc import Callable, Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from grouplic.domain.performance import Order
from grouplic.domain.refusals import Refusal
from grouplic.http.downloads import draw, made, refused, who_asks
from grouplic.services import report_pdf
from grouplic.services.insights import insights
from grouplic.services.looking import Looking
from grouplic.services.outside import Outside
from grouplic.services.performance import Class
from grouplic.services.ports import Transactions
from grouplic.services.reports import as_csv, as_xlsx, class_to_report, part_to_report

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Write = Callable[[Transactions, Class, Looking], Iterator[bytes]]


def report_routes(outside: Outside) -> list[Route]:
    """Return the routes of a group's reports."""

    async def csv(request: Request) -> Response:
        return await run_in_threadpool(
            _table, outside, request, as_csv, "learners.csv", "text/csv; charset=utf-8"
        )

    async def xlsx(request: Request) -> Response:
        return await draw(_table, outside, request, _workbook, "learners.xlsx", _XLSX)

    async def pdf(request: Request) -> Response:
        return await draw(_pdf, outside, request)

    return [
        Route("/reports/{group}/learners.csv", csv, methods=["GET"]),
        Route("/reports/{group}/learners.xlsx", xlsx, methods=["GET"]),
        Route("/reports/{group}/report.pdf", pdf, methods=["GET"]),
    ]


def _table(outside: Outside, request: Request, write: Write, name: str, kind: str) -> Response:
    try:
        klass = _class(outside, request)
    except Refusal as refusal:
        return refused(refusal)
    looking = Looking.read(dict(request.query_params))
    lines = write(outside.database, klass, looking)
    return StreamingResponse(lines, media_type=kind, headers=_named(name))


def _workbook(database: Transactions, klass: Class, looking: Looking) -> Iterator[bytes]:
    return made(as_xlsx(database, klass, looking))


def _pdf(outside: Outside, request: Request) -> Response:
    # Whoever asks for no order, as from the page of insights, gets the learners by name.
    by_name = {"order": str(Order.NAME), "descending": "False"}
    looking = Looking.read({**by_name, **request.query_params})
    try:
        actor = who_asks(outside, request)
        with outside.database.reading() as session:
            found = insights(session, request.path_params["group"], actor, outside.clock())
            part = part_to_report(session, found.klass, looking, report_pdf.MOST_LEARNERS)
    except Refusal as refusal:
        return refused(refusal)
    # No transaction is open while the pages are drawn.
    data = report_pdf.as_pdf(found, part)
    return Response(data, media_type="application/pdf", headers=_named("report.pdf"))


def _class(outside: Outside, request: Request) -> Class:
    actor = who_asks(outside, request)
    with outside.database.reading() as session:
        return class_to_report(session, request.path_params["group"], actor, outside.clock())


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
