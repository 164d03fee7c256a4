"""Models that no catalog entry covers: cautious estimates from their family, marked as such."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from routing_builders import LONG, a_catalog, a_profile, ids, offer, routed, same

from hydra_auto.catalog import default_catalog_path, load_catalog, profiles
from hydra_auto.catalog.model import Price, Tier
from hydra_auto.routing import because, route
from hydra_auto.routing.decision import Request
from hydra_auto.routing.estimate import Relatives, relation
from hydra_auto.scale import IDENTITY

unit = st.floats(0, 1)
vectors = st.tuples(unit, unit, unit, unit)
prices = st.one_of(
    st.builds(Price, input=unit, output=unit, cached_input=st.none() | unit),
    st.builds(Price, per_request=unit),
)
names = st.sampled_from(
    ["gpt-5", "gpt-5.4-mini", "gpt-4", "claude-sonnet-5", "qwen3:30b", "zeta", "7", "gpt"]
)


def shipped():
    return profiles(load_catalog([default_catalog_path()]), IDENTITY)


def came_from(name: str) -> str | None:
    found = Relatives(shipped()).estimate(offer(name))
    assert found is not None
    return found.estimated_from


def test_a_name_says_its_family_and_version():
    assert relation("claude-sonnet-5.2") == relation("Claude-Sonnet-5.2-preview")
    assert relation("claude-sonnet-5.2").version == (5, 2)
    assert relation("gpt-5.4-mini").words == ("gpt", "mini")
    assert relation("qwen3:32b").words == ("qwen",)
    assert relation("").words == ()


def test_the_newest_member_of_the_family_that_is_not_newer_is_the_neighbour():
    assert came_from("claude-sonnet-5.2") == "claude-sonnet-5"
    assert came_from("claude-sonnet-7") == "claude-sonnet-5.5"
    assert came_from("gpt-6-mini") == "gpt-5.4-mini"
    assert came_from("claude-haiku-3") == "claude-haiku-4.5"


def test_another_branch_of_the_line_and_an_unknown_maker_get_the_least():
    assert came_from("claude-mythos-1") == "the least of all claude models"
    assert came_from("unheard-of") == "the least of all models"
    stranger = Relatives(shipped()).estimate(offer("unheard-of"))
    hosted = [p for p in shipped() if not p.model.local]
    assert all(stranger.model.price.output > p.model.price.output for p in hosted)
    assert all(s <= c for p in hosted for s, c in zip(stranger.capability, p.capability, strict=True))


def test_a_local_model_is_no_relative_of_what_somebody_else_sells():
    for name in ("llama-3.3-70b-instruct", "gpt-oss-120b", "gemma-3-27b-it", "qwen3-235b-a22b"):
        sold = Relatives(shipped()).estimate(offer(name, vendor="openrouter"))
        assert sold.model.price.input > 0, name
        assert "local" not in sold.estimated_from
    own = Relatives(shipped()).estimate(offer("gpt-oss:500b", vendor="ollama"))
    assert (own.estimated_from, own.model.price.input) == ("gpt-oss:120b", 0.0)


def test_without_a_catalog_there_is_nothing_to_estimate_from():
    assert Relatives([]).estimate(offer("gpt-6")) is None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(names, vectors, prices, unit), min_size=1, max_size=8), names, vectors)
def test_an_estimate_never_beats_its_neighbour_and_never_takes_its_traffic(drawn, name, scores):
    pool = [
        a_profile(f"{known}-x{'abcdefgh'[i]}", capability, price=price, token_factor=0.5 + factor)
        for i, (known, capability, price, factor) in enumerate(drawn)
    ]
    guess = Relatives(pool).estimate(offer(name))
    for p in (p for p in pool if p.model.id == guess.estimated_from):
        assert all(g <= c for g, c in zip(guess.capability, p.capability, strict=True))
        assert (guess.model.price.per_request or 0) >= (p.model.price.per_request or 0)
        assert guess.model.price.input >= p.model.price.input
        assert guess.model.price.output >= p.model.price.output
        decision = routed(pool, scores, Tier(0.2), Request(LONG, available=(offer(name), offer(p.model.id))))
        verdict = next(v for v in decision.verdicts if v.estimated_from)
        differs = any(c > 0 for c in p.capability) or verdict.cost > 0
        assert decision.chosen.editor_id == p.model.id or not differs
        assert verdict.estimated == {"reasoning", "code_gen", "debugging", "tool_use"}


def test_where_nothing_else_is_offered_the_estimate_answers_and_everything_says_so():
    pool = [a_profile("gpt-5", 0.6, 2.0)]
    request = Request(LONG, available=(offer("gpt-6"),))
    decision = routed(pool, 0.5, request=request)
    assert ids(decision) == ["gpt-6"]
    assert decision.verdicts[0].estimated_from == "gpt-5"
    assert decision.verdicts[0].cost > 2.0
    assert because(decision).endswith("its profile is estimated from gpt-5")
    assert "estimated" in decision.warnings[0]


def test_a_deny_covers_an_estimated_model_too():
    pool = [a_profile("gpt-5", 0.6, 2.0), a_profile("other", 0.1, 9.0)]
    request = Request(LONG, available=(offer("gpt-6"), offer("other")))
    catalog = a_catalog(pool, deny=("gpt-*",))
    assert ids(route(request, same(0.5), catalog, pool, IDENTITY)) == ["other"]


def test_the_editors_word_on_abilities_holds_and_silence_is_none():
    pool = [a_profile("gpt-5", vision=True, tools=True)]
    request = Request(LONG, available=(offer("gpt-6", vision=True),), has_image=True, needs_tools=True)
    decision = routed(pool, request=request)
    assert [w for w in decision.warnings if w.startswith("no tools")]
    assert not [w for w in decision.warnings if w.startswith("no vision")]
