"""Lines and columns in the client's own units, whatever stands on the line before them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from hydra_auto.lsp.language.source import Source, Span

LINE = "é😀x"


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 6), ("utf-16", 3), ("utf-32", 2)])
def test_columns_count_the_units_that_were_agreed_on(encoding: str, column: int) -> None:
    source = Source(f"a\n{LINE}\n", encoding)
    assert source.position(4) == types.Position(1, column)
    assert source.index(types.Position(1, column)) == 4


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_break_of_the_protocol_ends_a_line_and_no_other_does(newline: str) -> None:
    source = Source(f"a\u2028b\x0bc{newline}d")
    assert source.line_count == 2
    assert source.position(source.text.index("d")) == types.Position(1, 0)
    assert source.line_span(0) == Span(0, 5)
    assert source.newline == newline


def test_a_position_beyond_a_line_or_the_text_is_its_end() -> None:
    source = Source("ab\r\ncd")
    assert source.index(types.Position(0, 99)) == 2
    assert source.index(types.Position(1, 99)) == 6
    assert source.index(types.Position(9, 0)) == 6


def test_a_tab_is_one_column() -> None:
    assert Source("\t\tx").position(2) == types.Position(0, 2)


def test_a_catalogs_place_in_a_text_with_a_byte_order_mark_is_behind_the_mark() -> None:
    source = Source("\ufeffa: 1\nb: 2")
    assert source.text[source.at(1, 1)] == "a"
    assert source.text[source.at(2, 1)] == "b"


@given(
    st.text(alphabet=st.sampled_from("a é😀\t\r\n\u2028:"), max_size=40),
    st.sampled_from(["utf-8", "utf-16", "utf-32"]),
)
def test_every_index_survives_the_way_to_the_client_and_back(text: str, encoding: str) -> None:
    source = Source(text, encoding)
    for index in range(len(text) + 1):
        inside_crlf = text[index - 1 : index + 1] == "\r\n"
        at_break = text[index - 1 : index] in ("\r", "\n") and index < len(text)
        if not inside_crlf or at_break:
            back = source.index(source.position(index))
            assert back == index or inside_crlf
