"""The report as a PDF to hand on: the numbers, what the plots say, the modules, the learners."""

from collections.abc import Sequence
from itertools import pairwise

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from grouplic.domain.performance import Stand
from grouplic.services.insights import Insights
from grouplic.services.pdf_fonts import SANS, add_fonts
from grouplic.services.plotting import cumulated, score_bins
from grouplic.services.reports import STAND_WORDS, Part
from grouplic.services.wording import counted, show_percent

MOST_LEARNERS = 400
_INK, _SOFT, _LINE = (28, 27, 25), (107, 102, 93), (228, 224, 216)
_ACCENT = (11, 107, 99)
_MARGIN, _WIDTH = 18.0, 174.0  # millimeters, of A4
_PLOT = 42.0


def as_pdf(found: Insights, part: Part) -> bytes:
    """Return the report: the figures are of the whole class, the learners are the part's."""
    return bytes(_Report(found, part).draw().output())


class _Report:
    def __init__(self, found: Insights, part: Part) -> None:
        self._found, self._part = found, part
        self._pdf = self._document()

    def draw(self) -> FPDF:
        self._pdf.add_page()
        self._head()
        self._numbers()
        self._plots()
        self._modules()
        self._people()
        return self._pdf

    def _document(self) -> FPDF:
        pdf = _Pages(format="A4")
        pdf.set_title(f"Progress of {self._found.klass.group.name}")
        pdf.set_author("Grouplic")
        pdf.set_lang("en-US")
        pdf.set_creation_date(self._found.klass.now)
        pdf.set_margin(_MARGIN)
        pdf.set_auto_page_break(True, 20)
        add_fonts(pdf, [SANS], self._texts())
        pdf.set_font(SANS, "", 10)
        return pdf

    def _texts(self) -> list[str]:
        names = [self._found.klass.group.name, *(one.title for one in self._found.klass.modules)]
        names += [text for row in self._part.learners for text in (row.name, row.email)]
        names.append(self._part.asked)
        return names + [text for stop in self._found.stops for text in (stop.place, stop.module)]

    def _head(self) -> None:
        self._say("Progress report", 10, _SOFT)
        self._say(self._found.klass.group.name, 24, _INK, bold=True)
        modules = len(self._found.klass.modules)
        count = "1 module" if modules == 1 else f"{modules} modules"
        self._say(f"{self._found.klass.now:%B %-d, %Y} · {count}", 10, _SOFT)
        asked = self._part.asked
        self._say(f"Learners listed: {self._part.how_many}{asked and f' · {asked}'}", 10, _SOFT)
        if asked:
            self._say("All other figures are of the whole class.", 10, _SOFT)
        self._pdf.ln(4)

    def _numbers(self) -> None:
        figures = self._found.figures
        score = "–" if figures.median_score is None else show_percent(figures.median_score)
        numbers = (
            (str(figures.learners), "learners"),
            (str(figures.stands[Stand.DONE]), "completed"),
            (str(figures.stands[Stand.IN_PROGRESS]), "in progress"),
            (str(figures.stands[Stand.STUCK]), "stuck for a week"),
            (str(figures.stands[Stand.NOT_STARTED]), "not started"),
            (score, "median score"),
        )
        top, width = self._pdf.get_y(), _WIDTH / len(numbers)
        for place, (number, words) in enumerate(numbers):
            self._put(_MARGIN + place * width, top, width, number, 20, _INK, bold=True)
            self._put(_MARGIN + place * width, top + 9, width, words, 8.5, _SOFT)
        self._pdf.set_y(top + 20)

    def _plots(self) -> None:
        top, half = self._pdf.get_y(), (_WIDTH - 10) / 2
        self._put(_MARGIN, top, half, self._found.finishes_say, 11, _INK, bold=True)
        self._line(_MARGIN, top + 14, half)
        right = _MARGIN + half + 10
        self._put(right, top, half, self._found.scores_say, 11, _INK, bold=True)
        self._bars(right, top + 14, half)
        self._put(_MARGIN, top + _PLOT + 19, half, self._found.finishes_note, 8, _SOFT)
        self._pdf.set_y(max(top + _PLOT + 24, self._pdf.get_y() + 2))
        self._say(f"{self._found.stops_say}. {self._found.questions_say}.", 10, _INK)
        self._pdf.ln(4)

    def _line(self, left: float, top: float, width: float) -> None:
        points = cumulated([one.days for one in self._found.finishes], self._found.figures.learners)
        self._axis(left, top, width)
        self._pdf.line(left, top + _PLOT / 2, left + width, top + _PLOT / 2)
        self._put(left, top + _PLOT / 2 - 4.5, width, "half", 8, _SOFT)
        if not points:
            return
        last = max(1, points[-1][0])
        steps = [(0, 0.0), *points, (last, points[-1][1])]
        spots = [(left + width * x / last, top + _PLOT * (1 - y)) for x, y in steps]
        self._pdf.set_draw_color(*_ACCENT)
        self._pdf.set_line_width(0.7)
        for (x, y), (next_x, next_y) in pairwise(spots):
            self._pdf.line(x, y, next_x, y)
            self._pdf.line(next_x, y, next_x, next_y)
        axis = f"joining to {counted(last, 'day')} later"
        self._put(left, top + _PLOT + 1, width, axis, 8, _SOFT)

    def _bars(self, left: float, top: float, width: float) -> None:
        bins = score_bins(self._found.figures.scores)
        most = max((quantity for _, quantity in bins), default=0)
        self._axis(left, top, width)
        each = width / len(bins)
        self._pdf.set_fill_color(*_ACCENT)
        for place, (_, quantity) in enumerate(bins):
            if quantity:
                height = _PLOT * 0.9 * quantity / most
                x = left + place * each + each * 0.1
                self._pdf.rect(x, top + _PLOT - height, each * 0.8, height, style="F")
                self._put(x - 1, top + _PLOT - height - 4.5, each + 3, str(quantity), 8, _INK)
        self._put(left, top + _PLOT + 1, width, "mean score from 0% to 100%, learners", 8, _SOFT)

    def _axis(self, left: float, top: float, width: float) -> None:
        self._pdf.set_draw_color(*_LINE)
        self._pdf.set_line_width(0.3)
        self._pdf.line(left, top + _PLOT, left + width, top + _PLOT)

    def _modules(self) -> None:
        learners = self._found.figures.learners
        rows = [
            (one.title, str(one.begun), str(one.done), str(one.failed), _percent(one.score))
            for one in self._found.modules
        ]
        self._say("Modules", 14, _INK, bold=True)
        header = ("Module", f"Started of {learners}", "Completed", "Failed", "Mean score")
        self._table(header, rows, (44, 17, 14, 11, 14))

    def _people(self) -> None:
        part = self._part
        rest = f" ({part.how_many})" if len(part.learners) < part.in_all else ""
        self._pdf.ln(6)
        self._say(f"Learners{rest}", 14, _INK, bold=True)
        if part.asked:
            self._say(part.asked, 10, _SOFT)
        rows = [
            (
                row.name,
                STAND_WORDS[Stand(row.total.stand)],
                show_percent(row.total.percent),
                _percent(row.total.score),
                str(row.total.attempts),
                f"{round(row.total.seconds / 60)} min",
                f"{row.total.last_activity_at:%b %-d, %Y}" if row.total.last_activity_at else "–",
            )
            for row in part.learners
        ]
        header = ("Learner", "State", "Progress", "Score", "Attempts", "Time", "Last activity")
        self._table(header, rows, (32, 16, 11, 9, 10, 9, 15))

    def _table(
        self, header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
    ) -> None:
        self._pdf.set_font(SANS, "", 9)
        self._pdf.set_text_color(*_INK)
        self._pdf.set_draw_color(*_LINE)
        self._pdf.set_fill_color(255, 255, 255)
        self._pdf.set_line_width(0.2)
        style = FontFace(emphasis="BOLD", color=_SOFT)
        with self._pdf.table(
            col_widths=tuple(widths),
            headings_style=style,
            borders_layout="HORIZONTAL_LINES",
            line_height=6,
            text_align=("LEFT", *["RIGHT"] * (len(header) - 1)),
        ) as table:
            for line in (header, *rows):
                table.row(list(line))

    def _say(self, text: str, size: float, color: tuple[int, int, int], bold: bool = False) -> None:
        self._pdf.set_font(SANS, "B" if bold else "", size)
        self._pdf.set_text_color(*color)
        self._pdf.multi_cell(
            _WIDTH, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L"
        )
        self._pdf.ln(1)

    def _put(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        size: float,
        color: tuple[int, int, int],
        bold: bool = False,
    ) -> None:
        self._pdf.set_xy(x, y)
        self._pdf.set_font(SANS, "B" if bold else "", size)
        self._pdf.set_text_color(*color)
        self._pdf.multi_cell(width - 2, size * 0.45, text, align="L")


class _Pages(FPDF):
    def footer(self) -> None:
        """Number the pages."""
        self.set_y(-14)
        self.set_font(SANS, "", 8)
        self.set_text_color(*_SOFT)
        self.cell(0, 5, f"Grouplic · page {self.page_no()}", align="C")


def _percent(value: int | None) -> str:
    return "–" if value is None else show_percent(value)
