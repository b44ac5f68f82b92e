"""Tables keep the rules of Go's tabwriter, whatever the cells hold."""

import re

from hypothesis import given
from hypothesis import strategies as some

from kafkastack.cli.formats.table import headers, plain, render
from kafkastack.model.text import on_one_line

TEXT = some.text("abc*/:-", max_size=12)
SQUARE = some.integers(1, 6).flatmap(
    lambda width: some.lists(some.lists(TEXT, min_size=width, max_size=width), min_size=1)
)
RAGGED = some.lists(some.lists(TEXT, min_size=1, max_size=6), min_size=1, max_size=8)


@given(SQUARE)
def test_every_column_begins_at_the_same_place(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    lines = render([plain(*row) for row in rows]).split("\n")[:-1]

    for row, line in zip(rows, lines, strict=True):
        place = 0
        for cell, width in zip(row, widths, strict=True):
            assert line[place:].startswith(cell)
            place += width + 2
        assert len(line) == sum(widths[:-1]) + 2 * (len(row) - 1) + len(row[-1])


@given(SQUARE)
def test_right_aligned_cells_end_at_the_same_place(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    lines = render([plain(*row) for row in rows], right=(0,)).split("\n")[:-1]

    for row, line in zip(rows, lines, strict=True):
        if len(row) > 1:
            assert line[: widths[0]] == row[0].rjust(widths[0])
            assert line[widths[0] : widths[0] + 2] == "  "


@given(RAGGED)
def test_no_cell_is_lost(rows: list[list[str]]) -> None:
    lines = render([plain(*row) for row in rows]).split("\n")[:-1]

    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        place = 0
        for cell in row:
            place = line.index(cell, place) + len(cell)


@given(some.lists(some.lists(some.text(), min_size=1, max_size=5), min_size=1))
def test_whatever_a_cell_holds_the_columns_stand(rows: list[list[str]]) -> None:
    cells = [[on_one_line(text) for text in row] for row in rows]
    plain_text = render([plain(*row) for row in cells])
    painted = render([[(text, "green") for text in row] for row in cells], color=True)

    assert len(plain_text.split("\n")) == len(rows) + 1
    for row, line in zip(cells, plain_text.split("\n")[:-1], strict=True):
        assert line.endswith(row[-1]) and all(text in line for text in row)
    assert re.sub(r"\x1b\[[0-9]+m", "", painted) == plain_text, "colours take no room"


@given(some.lists(TEXT.filter(bool), min_size=2, max_size=5))
def test_the_last_cell_is_not_padded_and_the_others_are(cells: list[str]) -> None:
    assert render([plain(*cells)]) == "  ".join(cells) + "\n"


def test_a_line_without_a_column_ends_its_block() -> None:
    lines = [plain("a", "b"), plain("alone"), plain("longer", "c")]

    assert render(lines) == "a  b\nalone\nlonger  c\n"


def test_an_empty_last_cell_leaves_the_spaces_before_it() -> None:
    assert render([headers("Exposed", "Message"), plain("no", "")]) == (
        "Exposed  Message\nno       \n"
    )


@given(some.text())
def test_no_text_breaks_a_line(text: str) -> None:
    shown = on_one_line(text)

    assert len(shown.splitlines()) <= 1 and "\t" not in shown and "\x1b" not in shown
