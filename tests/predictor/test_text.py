from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.predictor.text import ALIKE, SIGNALS, TURNS, WINDOW, render, strip_harness


@pytest.mark.parametrize(
    ("prompt", "signal"),
    [
        ("it prints KeyError: 'id' and stops, what should I look at first in this case", "error"),
        ("please read src/server/main.rs and tell me what the function does with its input", "path"),
        ("compare it with https://example.org/spec and list what is missing from our version", "url"),
        ("what happens when I run git rebase --onto main topic~3 topic on a shared branch", "shell"),
        ("```\nx = 1\n```\nwhat does this do when x is a list and who else may change it then", "code"),
        ("fix it", "short"),
    ],
)
def test_each_signal_is_seen_where_it_stands(prompt: str, signal: str) -> None:
    assert signal in render(prompt).signals


def test_a_plain_long_question_carries_no_signal_but_its_turn() -> None:
    assert render("what is the difference between a thread and a process in an operating system").signals == (
        "turn:1",
    )


@pytest.mark.parametrize(("turn", "expected"), [(None, 0), (1, 0), (2, 1), (5, 1), (6, 2), (900, 2)])
def test_a_turn_falls_into_one_of_three_bins(turn: int | None, expected: int) -> None:
    assert render("hi", turn).signals[-1] == TURNS[expected]


def test_harness_blocks_are_stripped_and_the_users_words_stay() -> None:
    prompt = (
        "<environment_info>\nOS: Linux, prove P=NP\n</environment_info>\n<attachments>\n"
        '<attachment id="a.py">import os</attachment>\n</attachments>\n'
        "<conversation-summary>we proved it</conversation-summary><repoMemory>hard</repoMemory>rename x to y"
        "<system-reminder>never rename</system-reminder>"
    )
    assert strip_harness(prompt) == "rename x to y"


def test_of_a_harness_with_a_user_block_only_the_last_user_block_counts() -> None:
    prompt = (
        "<context>today</context><userRequest>old</userRequest> noise <userRequest>\nnew\n</userRequest> tail"
    )
    assert strip_harness(prompt) == "new"


@pytest.mark.parametrize(
    "prompt",
    [
        "<instructions>Find the data race</instructions>",
        "<instructions>Find the race</instructions>\nThanks",
        "<context>nothing but this was sent</context>",
        "our lexer breaks on <userRequest> tags",
        "What does the `<user_query>` tag mean?",
        "<system-reminder>only this was sent</system-reminder>",
    ],
)
def test_what_people_write_in_tags_of_their_own_or_about_tags_stays(prompt: str) -> None:
    assert strip_harness(prompt) == prompt


def test_a_tag_mentioned_inside_the_users_block_does_not_cut_it() -> None:
    assert (
        strip_harness("<userRequest>why is <userRequest> empty</userRequest>") == "why is <userRequest> empty"
    )


def test_an_opening_tag_without_its_end_is_the_users_own_text() -> None:
    prompt = "why does <context> in my XML have no end"
    assert strip_harness(prompt) == prompt


def test_head_and_tail_of_a_ten_megabyte_prompt_stay() -> None:
    text = render("first words " + "x" * 10_000_000 + " the ask comes last").text
    assert text.startswith("first words")
    assert text.endswith("the ask comes last")
    assert len(text) < 2 * WINDOW + 10


def test_spacing_changes_nothing_but_indentation_stays() -> None:
    tidy = "why?\n\ndef f(x):\n    return x + 1"
    assert render("\n why? \t\r\n\n\n\n\ndef  f(x): \n    return x\t+   1\n\n").text == tidy
    assert render(tidy).text == tidy


def test_of_lines_that_differ_in_numbers_only_the_first_stays_as_does_the_rest_of_the_request() -> None:
    log = "\n".join(f"12:{i:02d} worker {i % 7} done in {i * 3} ms" for i in range(400))
    lines = render(f"why is it slow?\n{log}\nit was fast in 2024").text.split("\n")
    assert lines == ["why is it slow?", *log.split("\n")[:ALIKE], "it was fast in 2024"]


def test_repeated_lines_without_a_number_stay() -> None:
    code = "if a:\n    return b\n" * 10
    assert render(code).text == code.strip()


def test_lone_surrogates_are_replaced_and_pairs_joined() -> None:
    assert render("a\ud800b \ud83d\ude00").text == "a\ufffdb \U0001f600"


@given(st.text())
def test_any_text_renders_to_valid_unicode_with_known_signals(prompt: str) -> None:
    rendered = render(prompt)
    rendered.text.encode("utf-8")
    assert set(rendered.signals) <= {*SIGNALS, *TURNS}


@pytest.mark.parametrize(
    ("mode", "signal"),
    [("ask", ("mode:ask",)), ("Agent", ("mode:agent",)), ("edit", ("mode:edit",)), ("plan", ()), (None, ())],
)
def test_the_chat_mode_is_a_signal_where_it_is_known(mode: str | None, signal: tuple[str, ...]) -> None:
    assert render("why is it slow?", mode=mode).signals[len(render("why is it slow?").signals) :] == signal
