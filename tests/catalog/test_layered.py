"""All layers together: who may say what, what a lock holds, and what of a repository waits for consent."""

from __future__ import annotations

import pytest
from attrs import evolve
from catalog_texts import BASE, MODEL, by_id
from hypothesis import given, settings
from hypothesis import strategies as st

from hydra_auto.catalog import profiles
from hydra_auto.catalog.layered import (
    FolderCatalog,
    FolderTexts,
    LayeredCatalog,
    LayerText,
    LayerTexts,
    compose_layers,
)
from hydra_auto.catalog.model import Catalog, EffectiveValue, Origin, Price, Threshold
from hydra_auto.routing.decision import AvailableModel, Decision, Request
from hydra_auto.routing.errors import RoutingError
from hydra_auto.routing.router import route
from hydra_auto.scale import IDENTITY

FILE = "/w/.vscode/hydra-catalog.yaml"


def texts(
    organisation: str | None = None,
    user: str | None = None,
    workspace: str | None = None,
    settings: str | None = None,
    trusted: bool = True,
    consents: tuple[str, ...] = (),
) -> LayerTexts:
    outer = [LayerText("default", "base.yaml", BASE)]
    outer += [LayerText("organisation", "org.yaml", organisation)] if organisation is not None else []
    outer += [LayerText("user", "user.yaml", user)] if user is not None else []
    own = [LayerText("workspace", FILE, workspace)] if workspace is not None else []
    own += [LayerText("workspace settings", "settings", settings)] if settings is not None else []
    return LayerTexts(
        tuple(outer), (FolderTexts("file:///w", FILE, trusted, tuple(own), frozenset(consents)),)
    )


def composed(before: LayeredCatalog | None = None, **layers: object) -> LayeredCatalog:
    return compose_layers(texts(**layers), before)  # type: ignore[arg-type]


def folder(layered: LayeredCatalog) -> FolderCatalog:
    return layered.folders["file:///w"]


def in_folder(**layers: object) -> Catalog:
    return folder(composed(**layers)).catalog


def warnings(layered: LayeredCatalog) -> list[tuple[str, int]]:
    return [(p.file, p.line) for p in layered.problems if p.severity == "warning"]


# --- layers ---------------------------------------------------------------------------------------------


def test_each_layer_lies_on_the_one_before_and_every_value_knows_its_place() -> None:
    catalog = in_folder(
        organisation="tiers: {balance: {tau: .1}}\nweights: {reasoning: 2}\n",
        user="tiers: {balance: {tau: .2}}\nweights: {debugging: 3}\n",
        workspace="deny: [tiny]\ntiers:\n  balance:\n    tau: .25\n",
        settings="deny: [small]\n",
    )
    assert catalog.tiers["balance"].tau == 0.25
    assert catalog.weights == (2, 1, 3, 1)
    assert catalog.deny == ("tiny", "small")
    origin = catalog.origins.origin
    assert origin("tiers", "balance", "tau") == Origin("workspace", FILE, 4, 10)
    assert origin("weights", "reasoning") == Origin("organisation", "org.yaml", 2, 22)
    assert origin("weights", "debugging") == Origin("user", "user.yaml", 2, 22)
    assert origin("models", "large", "price", "output") == Origin("default", "base.yaml", 24, 48)
    assert catalog.origins.pattern("deny", "small") == Origin("workspace settings", "settings", 1, 8)
    assert origin("models", "none") is None


def test_the_effective_values_are_all_there_once_and_per_layer_where_layers_add_up() -> None:
    catalog = in_folder(user="deny: [small]\nrules: [{use: {effort: low}}]\n", workspace="deny: [tiny]\n")
    values = list(catalog.origins.values())
    denied = [(v.value, v.origin.layer) for v in values if v.path == ("deny",)]
    assert denied == [((), "default"), (("small",), "user"), (("tiny",), "workspace")]
    keys = [v.path for v in values if v.path != ("deny",)]
    assert len(keys) == len(set(keys))
    effort = EffectiveValue(("rules", "0", "use", "effort"), "low", Origin("user", "user.yaml", 2, 24))
    assert effort in values
    assert [v.path for v in catalog.origins.values("models", "tiny", "price")] == [
        ("models", "tiny", "price", "input"),
        ("models", "tiny", "price", "output"),
    ]


def test_remove_takes_a_model_out_and_with_a_new_entry_replaces_it() -> None:
    assert set(by_id(in_folder(user="remove: [large, tiny]\n"))) == {"small", "middle"}
    entry = "{id: large, vendor: me, price: {perRequest: 1}, capabilities: {reasoning: .5}}"
    replaced = by_id(in_folder(user=f"remove: [large]\nmodels: [{entry}]\n"))["large"]
    assert (replaced.vendor, replaced.benchmarks, replaced.context) == ("me", {}, None)
    assert warnings(composed(user="remove: [larg]\n")) == [("user.yaml", 1)]


def test_an_inner_layers_allow_narrows_a_tiers_pool_and_never_widens_it() -> None:
    catalog = in_folder(
        user="tiers: {balance: {allow: [large]}}\n", workspace="tiers: {balance: {allow: ['*']}}\n"
    )
    assert catalog.tiers["balance"].allow == (("large",), ("*",))


def test_rules_are_typed_and_an_inner_layers_come_first() -> None:
    when = "{debugging: {atLeast: .5, below: .9}, path: 'src/**'}"
    rule = f"rules: [{{name: %s, when: {when}, use: {{tier: balance}}}}]\n"
    catalog = in_folder(user=rule % "mine", workspace="rules: [{use: {model: large, effort: max}}]\n")
    assert [r.name for r in catalog.rules] == ["workspace rule of line 1", "mine"]
    mine = catalog.rules[1]
    assert mine.when.needs == {"debugging": Threshold(0.5, 0.9)}
    assert (mine.when.paths, mine.use.tier) == (("src/**",), "balance")
    assert mine.origin == Origin("user", "user.yaml", 1, 9)


def test_a_rule_that_can_do_nothing_is_a_warning_at_its_place() -> None:
    text = "rules:\n  - when: {debugging: {atLeast: .9, below: .5}}\n    use: {model: larg}\n"
    assert warnings(composed(user=text)) == [("user.yaml", 2), ("user.yaml", 3)]
    assert "did you mean `large`" in composed(user=text).problems[1].message


# --- locks ----------------------------------------------------------------------------------------------

LOCKS = "lock: [tiers.balance, defaultTier, models, weights]\ntiers: {balance: {maxCost: .5}}\n"


@pytest.mark.parametrize("layer", ["user", "workspace", "settings"])
@pytest.mark.parametrize(
    "said",
    [
        "tiers: {balance: {tau: .9}}\n",
        "tiers: {balance: {maxCost: .6}}\n",
        "defaultTier: intelligence\n",
        "models: {large: {price: {input: 0, output: 0}}}\n",
        "models: [{id: own, vendor: me, price: {perRequest: 0}, capabilities: {reasoning: 1}}]\n",
        "weights: {reasoning: 0}\n",
    ],
)
def test_a_locked_value_stays_whoever_wants_it_otherwise_and_says_so(layer: str, said: str) -> None:
    layered = composed(organisation=LOCKS, **{layer: said})
    assert folder(layered).catalog.version == in_folder(organisation=LOCKS).version
    assert len(warnings(layered)) == 1
    assert "org.yaml, line 1" in layered.problems[0].message
    assert folder(layered).pending is None


def test_what_only_narrows_counts_in_spite_of_a_lock() -> None:
    catalog = in_folder(
        organisation=LOCKS,
        user="tiers: {balance: {maxCost: .4, allow: [l*]}}\nmodels: {tiny: null}\nremove: [small]\n",
        workspace="defaultTier: efficiency\ndeny: [middle]\n",
    )
    assert (catalog.tiers["balance"].max_cost, catalog.default_tier) == (0.4, "efficiency")
    assert set(by_id(catalog)) == {"middle", "large"}
    assert catalog.tiers["balance"].allow == (("l*",),)
    assert catalog.tier_ceiling == "balance"


def test_a_locked_tier_is_the_ceiling_as_it_was_when_it_was_locked() -> None:
    own = "defaultTier: efficiency\n"
    catalog = in_folder(organisation="lock: [defaultTier]\ndefaultTier: intelligence\n", user=own)
    assert (catalog.default_tier, catalog.tier_ceiling) == ("efficiency", "intelligence")
    assert in_folder(organisation="lock: [defaultTier]\n", user=own).tier_ceiling == "balance"
    assert in_folder(organisation=own).tier_ceiling is None


@pytest.mark.parametrize(
    ("lock", "locked", "free"),
    [
        ("models.large", "models: {large: {tokenFactor: 2}}", "models: {large.5: {tokenFactor: 2}}"),
        ("models.large.5", "models: {large.5: {tokenFactor: 2}}", "models: {large: {tokenFactor: 2}}"),
        (
            "models.large.5.price",
            "models: {large.5: {price: {input: 9}}}",
            "models: {large.5: {tokenFactor: 2}, large: {price: {input: 9}}}",
        ),
        (
            "models.large.benchmarks.code.2",
            "models: {large: {benchmarks: {code.2: 9}}}",
            "models: {large: {benchmarks: {code: 60}}}",
        ),
        ("benchmarks.code.2", "benchmarks: {code.2: {unit: x}}", "benchmarks: {code: {unit: x}}"),
    ],
)
def test_a_lock_is_of_whole_ids_which_may_have_dots(lock: str, locked: str, free: str) -> None:
    outer = (
        "benchmarks: {code.2: {low: 0, high: 9, measures: {reasoning: 1}}}\n"
        "models: [{id: large.5, vendor: me, price: {input: 1, output: 2}, benchmarks: {code.2: 3}}]\n"
        f"lock: [{lock}]\n"
    )
    assert warnings(composed(organisation=outer, user=locked + "\n")) == [("user.yaml", 1)]
    assert warnings(composed(organisation=outer, user=free + "\n")) == []


def test_a_lock_of_a_model_that_is_removed_keeps_it_out() -> None:
    default = BASE + MODEL.replace("id: own", "id: large.5")
    locked = "remove: [large.5]\nlock: [models.large.5.vendor]\n"
    back = f"models:\n{MODEL}".replace("id: own", "id: large.5")
    layers = [("default", default), ("organisation", locked), ("user", back)]
    found = compose_layers(LayerTexts(tuple(LayerText(name, name, text) for name, text in layers)))
    assert any("`models.large.5.vendor` does not count" in p.message for p in found.problems)


def test_locked_rules_come_before_all_later_ones() -> None:
    rule = "rules: [{name: %s, use: {effort: low}}]\n"
    layers = {"user": rule % "user", "workspace": rule % "workspace"}
    free = in_folder(organisation=rule % "org", **layers)
    locked = in_folder(organisation="lock: [rules]\n" + rule % "org", **layers)
    assert [r.name for r in free.rules] == ["workspace", "user", "org"]
    assert [r.name for r in locked.rules] == ["org", "workspace", "user"]


def test_only_the_organisation_locks() -> None:
    layered = composed(user="lock: [weights]\n", workspace="weights: {reasoning: 5}\n")
    assert folder(layered).catalog.weights[0] == 5
    assert warnings(layered) == [("user.yaml", 1)]


def test_a_repository_lowers_a_ceiling_and_never_raises_one() -> None:
    user = "tiers: {balance: {maxCost: .5}}\n"
    raised = composed(user=user, workspace="tiers: {balance: {maxCost: 9}}\n")
    assert folder(raised).catalog.tiers["balance"].max_cost == 0.5
    assert warnings(raised) == [(FILE, 1)]
    lowered = in_folder(user=user, workspace="tiers: {balance: {maxCost: .1}}\n")
    assert lowered.tiers["balance"].max_cost == 0.1


globs = st.lists(st.sampled_from(["*", "t*", "l*", "small", "middle", "none"]), max_size=3)


@settings(max_examples=60, deadline=None)
@given(globs, globs, globs, globs)
def test_no_workspace_lets_a_model_through_that_an_outer_layer_keeps_out(
    deny: list[str], allow: list[str], own_deny: list[str], own_allow: list[str]
) -> None:
    from hydra_auto.routing.globs import matches_any

    def through(catalog: Catalog) -> set[str]:
        allowed = [m for m in catalog.models if all(matches_any(layer, m.id) for layer in catalog.allow)]
        return {m.id for m in allowed if not matches_any(catalog.deny, m.id)}

    outer, inner = f"deny: {deny}\nallow: {allow}\n", f"deny: {own_deny}\nallow: {own_allow}\n"
    layered = composed(user=outer, workspace=inner)
    outside = layered.outer.catalog
    assert outside is not None
    assert through(folder(layered).catalog) <= through(outside)
    assert not any(matches_any(deny, name) for name in through(folder(layered).catalog))


# --- trust and consent ----------------------------------------------------------------------------------

FREE_OF_CHARGE = "models: {large: {price: {input: 0, cachedInput: 0, output: 0}, tokenFactor: .001}}\n"


def test_an_untrusted_folder_has_the_catalog_outside_it() -> None:
    layered = composed(workspace="deny: ['*']\n", trusted=False)
    assert folder(layered).catalog is layered.outer.catalog
    assert not folder(layered).read


def test_narrowing_counts_unasked_and_tricks_wait() -> None:
    own = "{id: own, vendor: me, match: ['*'], price: {perRequest: 0}, capabilities: {reasoning: 1}}"
    text = (
        f"deny: [tiny]\ndefaultTier: efficiency\nscale: pool\nmodels:\n  - {own}\n"
        "  - {id: small, match: ['*/large*']}\n  - {id: large, price: {output: 1},"
        " capabilities: {tool_use: 1}}\n"
    )
    found = folder(composed(workspace=text))
    assert (found.catalog.deny, found.catalog.default_tier) == (("tiny",), "efficiency")
    assert found.catalog.models == in_folder().models
    assert found.catalog.scale == "label"
    assert found.pending is not None
    told = "\n".join(found.pending.changes)
    for words in (
        "adds the model `own`",
        "`small` stand for `*/large*`",
        "prices `large`",
        "capabilities of",
        "`scale`",
    ):
        assert words in told


def test_the_patterns_that_cover_most_are_named_first() -> None:
    many = "['*/abcdef', '*/abcde', '*/abcd', '*/abc', '*/ab', '*', '*/abcdefg']"
    own = f"{{id: own, vendor: me, match: {many}, price: {{perRequest: 0}}, capabilities: {{reasoning: 1}}}}"
    asked = folder(composed(workspace=f"models:\n  - {own}\n  - {{id: small, match: {many}}}\n")).pending
    assert asked is not None
    said = [change for change in asked.changes if "stand" in change]
    named = "`*`, `*/ab`, `*/abc`, `*/abcd`, `*/abcde` and 2 more"
    assert len(said) == 2
    assert all(change.endswith(named) for change in said)


def test_a_removal_does_not_wait() -> None:
    found = folder(composed(workspace="models: {tiny: null}\nremove: [small]\n"))
    assert found.pending is None
    assert set(by_id(found.catalog)) == {"middle", "large"}


def test_a_workspace_that_removes_all_but_a_cheap_model_makes_no_estimates_of_the_others() -> None:
    found = folder(composed(workspace="remove: [small, middle, large]\n"))
    assert found.pending is None
    names = [("x", "large"), ("middle", ""), ("tiny", ""), ("new", "")]
    offers = tuple(AvailableModel("acme", name, family) for name, family in names)
    ready = profiles(found.catalog, IDENTITY)
    decision = route(Request("hi", available=offers), (0.9,) * 4, found.catalog, ready, IDENTITY)
    told = {v.model_id: v.estimated_from for v in decision.verdicts}
    assert told == {"tiny": None, "new": "the least of all models"}


def test_consent_is_to_one_content_and_the_cost_shown_stays_the_outer_one() -> None:
    asked = folder(composed(workspace=FREE_OF_CHARGE)).pending
    assert asked is not None
    found = folder(composed(workspace=FREE_OF_CHARGE, consents=(asked.content_hash,)))
    large = by_id(found.catalog)["large"]
    assert found.pending is None
    assert (large.price, large.token_factor) == (Price(0, 0, 0), 0.001)
    assert (large.shown_price, large.shown_token_factor) == (Price(3, 15, 0.3), 1.2)
    changed = folder(composed(workspace=FREE_OF_CHARGE + "# more\n", consents=(asked.content_hash,)))
    assert changed.pending is not None
    assert changed.pending.content_hash != asked.content_hash
    assert by_id(changed.catalog)["large"].price == Price(3, 15, 0.3)


def routed_among(catalog: Catalog, *offers: AvailableModel) -> Decision:
    request = Request("hi", available=offers)
    return route(request, (0.9,) * 4, catalog, profiles(catalog, IDENTITY), IDENTITY)


def test_a_known_id_that_consent_lets_stand_for_a_dearer_model_is_shown_at_that_ones_cost() -> None:
    text = "models: {tiny: {price: {perRequest: 0}, match: ['*/large-9/*']}}\n"
    asked = folder(composed(workspace=text)).pending
    assert asked is not None
    catalog = in_folder(workspace=text, consents=(asked.content_hash,))
    offer = AvailableModel("acme", "xl-9", "large-9")
    (consented,) = (v for v in routed_among(catalog, offer).verdicts if v.eligible)
    (outside,) = (v for v in routed_among(in_folder(), offer).verdicts if v.eligible)
    assert (consented.model_id, outside.model_id) == ("tiny", "large")
    assert (consented.cost, consented.displayed_cost) == (0.0, pytest.approx(outside.displayed_cost))


def test_no_layer_lets_a_model_into_an_allow_below_it_by_its_name() -> None:
    user = "models: {large: {match: ['*/tiny*/*']}}\n"
    offer = AvailableModel("acme", "t-9", "tiny-9")
    assert routed_among(in_folder(user=user), offer).chosen.id == "large"
    with pytest.raises(RoutingError, match="1 of 4 outside `allow`"):
        routed_among(in_folder(organisation="allow: [large]\n", user=user), offer)
    assert routed_among(in_folder(user=f"allow: [large]\n{user}"), offer).chosen.id == "large"


def test_a_folders_settings_are_trusted_no_more_than_its_file() -> None:
    found = folder(composed(settings=FREE_OF_CHARGE))
    assert found.pending is not None
    assert found.catalog.version == in_folder().version


def test_a_repository_that_replaces_all_models_leaves_the_outer_ones_until_consent() -> None:
    own = "{id: own, vendor: me, price: {perRequest: 0}, capabilities: {reasoning: 1}}"
    text = f"remove: [tiny, small, middle, large]\nmodels: [{own}]\n"
    layered = composed(workspace=text)
    asked = folder(layered).pending
    assert asked is not None
    assert folder(layered).catalog is layered.outer.catalog
    assert [m.id for m in in_folder(workspace=text, consents=(asked.content_hash,)).models] == ["own"]


# --- what was good stays ----------------------------------------------------------------------------------


def test_a_layer_that_breaks_stays_as_it_was_and_the_others_go_on() -> None:
    good = composed(user="deny: [tiny]\n", workspace="deny: [small]\n")
    broken = composed(good, user="deny: [\n", workspace="deny: [small, large]\n")
    assert folder(broken).catalog.deny == ("tiny", "small", "large")
    assert [p.file for p in broken.problems if p.severity == "error"] == ["user.yaml"]
    both = composed(broken, user="deny: [\n", workspace="tiers: 3\n")
    assert folder(both).catalog.deny == ("tiny", "small", "large")
    mended = composed(both, user="deny: []\n")
    assert (folder(mended).catalog.deny, mended.problems) == ((), ())


def test_a_broken_organisation_layer_is_no_catalog_until_it_was_good_once() -> None:
    assert composed(organisation="deny: 3\n").catalog("file:///w") is None
    good = composed(organisation="deny: [large]\n")
    after = composed(good, organisation="deny: 3\n").catalog("file:///w")
    assert after is not None
    assert after.deny == ("large",)


def test_what_did_not_change_is_not_composed_again() -> None:
    before = composed(user="deny: [tiny]\n", workspace="deny: [small]\n")
    again = composed(before, user="deny: [tiny]\n", workspace="deny: [small]\n")
    assert again.outer is before.outer
    assert folder(again) is folder(before)
    other = composed(before, user="deny: [tiny]\n", workspace="deny: []\n")
    assert other.outer is before.outer
    assert folder(other) is not folder(before)


def test_a_file_that_goes_takes_its_word_with_it() -> None:
    before = composed(workspace="deny: [small]\n")
    assert folder(composed(before)).catalog.deny == ()
    unreadable = evolve(texts(workspace=""), folders=())
    assert compose_layers(unreadable, before).catalog("file:///w") == before.outer.catalog
