from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_auto.predictor.manners import blunt
from hydra_auto.predictor.text import render


@pytest.mark.parametrize(
    ("polite", "rest"),
    [
        ("Hello! Could you please help me with this? sort the list\n\nThank you very much!", "sort the list"),
        ("Hi there,\n\nI hope you are doing well. Split foo.py.\n\nBest regards,\nAlex", "Split foo.py."),
        ("please rename x", "rename x"),
        ("fix it pls 🙏", "fix it"),
        ("ok thanks, now run the tests", "now run the tests"),
        ("I was wondering if you could explain monads", "explain monads"),
        ("What is a lock? Any help would be greatly appreciated.", "What is a lock?"),
        ("请问，怎么修复？谢谢！", "怎么修复？"),
        ("こんにちは。このテストを直して。よろしくお願いします。", "このテストを直して。"),
        ("Bonjour, le test échoue. Merci d'avance !", "le test échoue."),
        ("Здравствуйте! Почини тест, пожалуйста", "Почини тест"),
    ],
)
def test_courtesies_at_both_ends_go(polite: str, rest: str) -> None:
    assert blunt(polite) == rest
    assert render(polite) == render(rest)


@pytest.mark.parametrize(
    "text",
    [
        "hello world program in C",
        "Hello, world in Rust",
        "Can you use async in a constructor?",
        "how do I say thank you in German",
        "why does git say 'please commit your changes'",
        "implement a thank you page",
        "请求超时怎么办",
        "dear diary app in flutter",
        "Translate: danke",
    ],
)
def test_words_that_only_look_like_manners_stay(text: str) -> None:
    assert blunt(text) == text


@pytest.mark.parametrize("text", ["Thanks!", "hi", "Hello! How may I thank you?", "谢谢", "please", "Help!"])
def test_a_message_of_nothing_but_manners_stays_or_keeps_its_words(text: str) -> None:
    assert any(c.isalnum() for c in blunt(text))


@given(st.text(max_size=300), st.sampled_from(["", "please ", "Hi, ", "谢谢，"]))
def test_what_stays_is_a_part_of_what_was_said(text: str, before: str) -> None:
    found = blunt(before + text)
    assert found in before + text
    assert bool(found.strip()) == bool((before + text).strip())
