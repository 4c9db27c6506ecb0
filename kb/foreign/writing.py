"""A tree of tidied HTML written as Markdown: markdownify, with what it leaves open for our pages settled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import Tag
from markdownify import ATX, MarkdownConverter

from kb.foreign.page import Loss, Losses

MAX_CELLS = 20_000  # of one table, with what merged cells stand for
MAX_COLUMNS = 60
MAX_REPEATED = (
    200  # characters of a merged cell that are said again; a whole text a thousand times fills the memory
)

# Converters are found by the name of the tag, so that <soup> would call convert_soup: only these are looked up.
CONVERTED = frozenset({
    "a", "b", "blockquote", "br", "code", "del", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "s", "samp", "strong", "table", "td", "th", "tr", "ul",
})  # fmt: skip
_SPECIAL = re.compile(r"[\\`*\[]|(?<!\w)_|_(?!\w)|<(?=[a-zA-Z/!?])|&(?=#?\w{1,32};)|~(?=~)")
_LINE_START = re.compile(r"^(\s?)(#{1,6}(?=\s|$)|>|[-=]{2,}(?=\s*$)|~{3})")
_FENCE = re.compile(r"[\s>]*+(`{3,})")
_TICKS = re.compile("`+")
_URL_UNSAFE = {ord(char): f"%{ord(char):02X}" for char in " ()<>\\|\"'`[]\t\r\n"}


def written(content: Tag, losses: Losses) -> str:
    """The Markdown of a tree that kb.foreign.tidying has been through."""
    text: str = Writer(losses).convert_soup(content)
    return "\n".join(_aired(text.split("\n"))).strip("\n")


def _aired(lines: list[str]) -> Iterator[str]:
    """Never two empty lines on end, nor blanks that break a line where none follows; code stays as it is."""
    fence, empty = "", False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1] == fence):
            fence = "" if fence else mark[1]
        if fence or line.strip():
            breaks = line.endswith("  ") and following.strip()
            yield line if fence else line.rstrip() + "  " * bool(breaks)
        elif not empty:
            yield ""
        empty = not line.strip()


def fenced(code: str, language: str = "") -> str:
    """A code block whose fence is longer than any row of backticks within."""
    longest = max((len(ticks) for ticks in _TICKS.findall(code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def _span(code: str) -> str:
    longest = max((len(ticks) for ticks in _TICKS.findall(code)), default=0)
    room = " " if longest else ""
    return f"{'`' * (longest + 1)}{room}{code}{room}{'`' * (longest + 1)}"


def _cell(text: str) -> str:
    """What a cell holds on one line, its paragraphs parted as the pages understand it."""
    parts = (" ".join(part.split()) for part in text.split("<br>"))
    return "<br>".join(part for part in parts if part)


class Writer(MarkdownConverter):
    """Writes what our pages read: tables without merged cells, callouts, fences that hold, no markup by accident."""

    def __init__(self, losses: Losses) -> None:
        super().__init__(heading_style=ATX, bullets="-")
        self.losses = losses
        self.cells: dict[int, str] = {}

    def get_conv_fn(self, tag_name: str) -> object:
        return super().get_conv_fn(tag_name) if tag_name in CONVERTED else None  # type: ignore[misc]

    def escape(self, text: str, parent_tags: set[str]) -> str:
        text = _SPECIAL.sub(r"\\\g<0>", text)
        if "a" in parent_tags:
            text = text.replace("]", "\\]")
        return text.replace("|", "\\|") if _in_cell(parent_tags) else _LINE_START.sub(r"\1\\\2", text)

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        href = str(el.get("href", "")).strip().translate(_URL_UNSAFE)
        label = " ".join(text.split())
        if not href or "_noformat" in parent_tags or not label:
            return text
        before, after = " " * text.startswith(" "), " " * text.endswith(" ")
        return f"{before}[{label}]({href}){after}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        alt = self.escape(" ".join(str(el.get("alt", "")).split()), {*parent_tags, "a"})
        return f"![{alt}]({el.get('src', '')})"

    def convert_b(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return _emphasised("**", el, text, parent_tags)

    def convert_em(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return _emphasised("*", el, text, parent_tags)

    def convert_s(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return _emphasised("~~", el, text, parent_tags)

    convert_strong, convert_i, convert_del = convert_b, convert_em, convert_s

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if _in_cell(parent_tags):
            return "<br>"
        return " " if "_inline" in parent_tags else "  \n"

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if _in_cell(parent_tags):
            return f"<br>{text.strip()}<br>"
        text = text.strip()
        return f"\n\n{text}\n\n" if text else ""

    convert_div = convert_dl = convert_dd = convert_p

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.convert_p(el, _emphasised("**", el, " ".join(text.split()), parent_tags), parent_tags)

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        text = " ".join(text.split())
        if not text or _in_cell(parent_tags) or "a" in parent_tags:
            return self.convert_p(el, text, parent_tags)
        return f"\n\n{'#' * n} {text}\n\n"

    def convert_blockquote(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if _in_cell(parent_tags):
            return self.convert_p(el, text, parent_tags)
        text = text.strip()
        if not text:
            return ""
        callout = str(el.get("data-callout", ""))
        text = f"[!{callout.upper()}]\n{text}" if callout else text
        quoted = "\n".join(f"> {line}" if line.strip() else ">" for line in text.split("\n"))
        return f"\n\n{quoted}\n\n"

    def convert_list(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if _in_cell(parent_tags):
            return text
        return "\n" + text.rstrip() + "\n" if "li" in parent_tags else f"\n\n{text.rstrip()}\n\n"

    convert_ul = convert_ol = convert_list

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text, number = text.strip(), el.get("data-number")
        if _in_cell(parent_tags):
            return f"<br>{f'{number}.' if number else '•'} {text.removeprefix('<br>')}<br>"
        mark = f"{number}. " if number else "- "
        text = f"{el['data-task']} {text}" if el.get("data-task") else text
        lines = text.split("\n")
        rest = [" " * len(mark) + line if line.strip() else "" for line in lines[1:]]
        return "\n".join([mark + lines[0], *rest]) + "\n"

    def convert_code(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "_noformat" in parent_tags or not text.strip():
            return text
        before, after = " " * text.startswith(" "), " " * text.endswith(" ")
        code = " ".join(text.split())
        code = code.replace("|", "\\|") if _in_cell(parent_tags) else code
        return f"{before}{_span(code)}{after}"

    convert_kbd = convert_samp = convert_code

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        code = text.strip("\n").expandtabs(4)
        if not code.strip():
            return ""
        if _in_cell(parent_tags):
            lines = (line.strip().replace("|", "\\|") for line in code.split("\n"))
            return "<br>" + "<br>".join(_span(line) for line in lines if line) + "<br>"
        return f"\n\n{fenced(code, str(el.get('data-language', '')))}\n\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        self.cells[id(el)] = _cell(text)
        return ""

    convert_th = convert_td

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return ""

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        rows = self._grid(el)
        if not rows:
            return ""
        width = max(len(row) for row in rows)
        lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
        lines.insert(1, "| " + " | ".join(["---"] * width) + " |")
        return "\n\n" + "\n".join(lines) + "\n\n"

    def _grid(self, table: Tag) -> list[list[str]]:
        """The rows with every merged cell undone: said again in each row below, blank to its right."""
        rows: list[list[str]] = []
        hanging: dict[int, tuple[int, str]] = {}  # by column: in how many more rows, and what
        merged, room = False, MAX_CELLS
        for tr in table.find_all("tr"):
            row, hanging, spans = self._row(tr, hanging)
            merged = merged or spans
            room -= len(row)
            if room < 0:
                self.losses.add(Loss.HUGE_TABLE)
                break
            if any(row):
                rows.append(row)
        if merged:
            self.losses.add(Loss.MERGED_CELLS)
        return rows

    def _row(
        self, tr: Tag, above: dict[int, tuple[int, str]]
    ) -> tuple[list[str], dict[int, tuple[int, str]], bool]:
        row: list[str] = []
        below = {column: (left - 1, text) for column, (left, text) in above.items() if left > 1}
        merged = False
        for cell in tr.find_all(["td", "th"], recursive=False):
            row += _hanging(above, len(row))
            wide, deep = _count(cell.get("colspan")), _count(cell.get("rowspan"))
            merged = merged or wide > 1 or deep > 1
            text = self.cells.get(id(cell), "")
            for column in range(min(wide, MAX_COLUMNS - len(row))):
                if deep > 1:
                    below[len(row)] = (
                        deep - 1,
                        text if column == 0 and len(text) <= MAX_REPEATED else "",
                    )
                row.append(text if column == 0 else "")
        return row + _hanging(above, len(row)), below, merged


def _hanging(above: dict[int, tuple[int, str]], column: int) -> list[str]:
    """The cells that reach down into this row, from a column on as far as they stand side by side."""
    found: list[str] = []
    while column + len(found) in above:
        found.append(above[column + len(found)][1])
    return found


def _count(value: object) -> int:
    text = str(value)
    return max(1, min(1000, int(text))) if re.fullmatch("[0-9]{1,6}", text) else 1


def _emphasised(mark: str, el: Tag, text: str, parent_tags: set[str]) -> str:
    """Marks around words, with the blanks outside; around several paragraphs they would show as asterisks."""
    words = text.strip()
    if not words or "_noformat" in parent_tags or "\n\n" in words or words.startswith(mark):
        return text
    before, after = " " * text[:1].isspace(), " " * text[-1:].isspace()
    if not words[-1].isalnum() and str(el.next_sibling or "")[:1].isalnum():
        after = " "  # after a colon or stop, marks end nothing when a letter follows at once
    return f"{before}{mark}{words}{mark}{after}"


def _in_cell(parent_tags: set[str]) -> bool:
    return "td" in parent_tags or "th" in parent_tags
