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
        ("I hope you are doing well. Fix x. I would really appreciate your help with this!", "Fix x."),
        ("Hope this message finds you well. Do x, thanks for all your help!", "Do x"),
        ("rename x to y. Looking forward to hearing from you soon", "rename x to y."),
        ("修复它 谢谢", "修复它"),
        ("Hi, can you fix the tests please?", "can you fix the tests"),
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
        "I hope you can write a Raft implementation in Go, with tests.",
        "Hope you can fix the race in the scheduler. Use Go.",
        "Implement a Raft consensus library in Rust. I hope you also prove its safety in TLA+.",
        "Write a quicksort. I hope you make it stable and in place.",
        "Here is my allocator.\n\nI'd appreciate a formal correctness proof.",
        "I would appreciate a code review: def f(): pass",
        "code\n\nAny help fixing the ABA race would be appreciated.",
        "Here's my numpy kernel. Thanks for any help porting it to CUDA.",
        "Here is the schema. Looking forward to your normalized version in 3NF",
        "Help me with the following translation: The cat sat on the mat",
        "Help me with a concurrency problem: x",
        "I have a POST request, how do I read the body?",
        "I have a pull request, review it",
        "Regex für deutsche PLZ",
        "PLZ validieren in Python",
        "Explain the difference between PCA and PLS",
        "PLS regression in R: how",
        "Migrate our repo from mypy to ty",
        "how do I configure ty?",
        "Which type checker: mypy, pyright, ty?",
        "Which TV: Samsung, Sony, LG?",
        "LG, Samsung or Sony: which",
        "SVP, VP and director: salaries",
        "git commit -m thanks",
        "Rename the function to please",
        "Rename it from thx to thanks",
        "Add an endpoint called thanks.",
        "Create a button labelled thanks",
        "How do I say thank you?",
        "Translate to French: thank you",
        "Почему сервер не может помочь",
        "Как будет по-английски спасибо?",
        "这个方法很 麻烦",
        "Explain 🙏",
        "hello.py: ModuleNotFoundError: no",
        "hello.c segfaults",
        "help.ts does not compile",
        "thanks.html is empty",
        "hi.exe crashes",
        "please.build: broken",
        "pls.txt",
        "Hello,World in brainfuck",
        "Привет, мир на Haskell",
        "你好，世界：用汇编写",
        "こんにちは、世界を表示するプログラムをRustで",
        "안녕, 세상을 출력하는 프로그램",
        "Hola, mundo en Kotlin",
        "Olá, mundo em C",
        "Hallo, Welt in COBOL",
        "Ciao, mondo in Rust",
        "Xin chào, thế giới bằng Java",
        "שלום, עולם ב-C",
        "Fix the grammar:\nI hope you are well.",
        "Translate into Japanese:\nThank you very much",
        "Proofread. I look forward to hearing from you",
        "Classify the sentiment: Great service, thanks",
        "Label the intent of this message. Can you help me with my question?",
        "Hi, hello, hey: write a regex that matches these greetings",
        "Thanks, obrigado, merci - write a regex matching all of these",
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
