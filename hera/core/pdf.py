"""A document as PDF, in any of the five languages: headings, sentences, tables, lines over months.

Words are shaped and turned by HarfBuzz, fonts are Noto's, from packages that are installed by name; what is not used of
them is left out of the file.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from fpdf.fonts import FontFace

from hera.core import languages

if TYPE_CHECKING:
    from collections.abc import Sequence

_FONTS = {
    "latin": ("fontpkg_noto_sans", "NotoSans[wdth,wght].ttf"),
    "arabic": ("fontpkg_noto_sans_arabic", "NotoSansArabic[wdth,wght].ttf"),
}
_LINE = 6  # mm
_INK, _PALE, _DRAWN, _TARGET = 55, 209, (126, 34, 206), (180, 83, 9)
_CHART = 36  # mm
_AXIS = 16  # mm beside the chart, for its numbers


class Document:
    """A document that is written from its top on."""

    def __init__(self, language: str, title: str) -> None:
        self.is_rtl = languages.direction(language) == "rtl"
        self._pdf = FPDF(format="A4")
        self._pdf.set_title(title)
        self._pdf.set_lang(language)
        self._pdf.set_auto_page_break(auto=True, margin=18)
        for name, (package, file) in _FONTS.items():
            self._pdf.add_font(name, fname=str(resources.files(package) / "files" / file))
        self._pdf.set_font("arabic" if self.is_rtl else "latin")
        self._pdf.set_fallback_fonts(["latin", "arabic"], exact_match=False)
        self._pdf.set_text_shaping(use_shaping_engine=True, direction="rtl" if self.is_rtl else "ltr")
        self._pdf.set_text_color(_INK)
        self._pdf.add_page()
        self.text(title, size=18)

    def heading(self, text: str) -> None:
        """A heading, on the page of what follows it."""
        if self._pdf.will_page_break(_LINE * 4 + _CHART):
            self._pdf.add_page()
        self._pdf.ln(_LINE)
        self.text(text, size=13)

    def text(self, text: str, *, size: int = 10) -> None:
        """A sentence or more."""
        self._pdf.set_font_size(size)
        self._pdf.multi_cell(
            0, size * 0.55, text, align=Align.R if self.is_rtl else Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self._pdf.ln(1)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table, whose first column has half of the width; its head stands on each of its pages."""
        turned = [list(reversed(row)) if self.is_rtl else list(row) for row in (head, *rows)]
        widths = [len(head) - 1, *([1] * (len(head) - 1))]
        aligned = [Align.R if self.is_rtl else Align.L, *([Align.C] * (len(head) - 1))]
        if self.is_rtl:
            widths.reverse()
            aligned.reverse()
        self._pdf.set_font_size(9)
        with self._pdf.table(
            line_height=_LINE - 1,
            borders_layout="HORIZONTAL_LINES",
            col_widths=widths,
            text_align=aligned,
            headings_style=FontFace(emphasis=None),
        ) as table:
            for row in turned:
                table.row(row)

    def chart(
        self,
        values: Sequence[float | None],
        names: Sequence[str],
        top: float,
        unit: str,
        target: float | None = None,
    ) -> None:
        """Values as a line from 0 to `top`, with what they are called below; the target is dashed."""
        pdf = self._pdf
        pdf.set_font_size(8)
        left, width, floor = pdf.l_margin, pdf.epw - _AXIS, pdf.get_y() + _CHART
        start = left if self.is_rtl else left + _AXIS

        def across(place: int) -> float:
            at = (place + 0.5) * width / len(values)
            return start + (width - at if self.is_rtl else at)

        def up(value: float) -> float:
            return floor - value / top * (_CHART - 4)

        for quarter in range(5):
            tick = top * quarter / 4
            pdf.set_draw_color(_PALE)
            pdf.line(start, up(tick), start + width, up(tick))
            pdf.set_xy(start + width if self.is_rtl else left, up(tick) - 2)
            pdf.cell(_AXIS - 1, 4, f"{tick:g} {unit}".strip(), align=Align.L if self.is_rtl else Align.R)
        every = -(-len(values) // 6)
        for place, name in enumerate(names):
            if place % every == 0:
                pdf.set_xy(across(place) - 10, floor + 1)
                pdf.cell(20, 4, name, align=Align.C)
        if target is not None:
            pdf.set_draw_color(*_TARGET)
            pdf.set_dash_pattern(2, 1)
            pdf.line(start, up(target), start + width, up(target))
            pdf.set_dash_pattern()
        pdf.set_draw_color(*_DRAWN)
        points = [(across(place), up(value)) for place, value in enumerate(values) if value is not None]
        if len(points) > 1:
            pdf.polyline(points)
        for x, y in points:
            pdf.ellipse(x - 0.5, y - 0.5, 1, 1)
        pdf.set_draw_color(_INK)
        pdf.set_xy(left, floor + 7)

    def content(self) -> bytes:
        """The file."""
        return bytes(self._pdf.output())
