"""The replay is the router, sees nothing of what it is judged on, and finds what there is to find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from outcome_tables import synthetic, write_pool

from hydra_auto.catalog.model import Tier
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.evaluation import baselines
from hydra_auto.evaluation.engine import Serial
from hydra_auto.evaluation.fitting import Profiles, with_token_factors
from hydra_auto.evaluation.players import TAUS, priced, routed, setting_for
from hydra_auto.evaluation.pool import read_pool
from hydra_auto.evaluation.replay import TIER, expected_costs, request_of
from hydra_auto.evaluation.resampling import draws
from hydra_auto.evaluation.study import ORACLE_PRICES, Options, _ground, _selected, _sums, study
from hydra_auto.evaluation.system import System, oracle, played
from hydra_auto.evaluation.table import Floats, read_table
from hydra_auto.evaluation.workload import Case, alone, case_of, mixed
from hydra_auto.routing import route
from hydra_auto.scale import IDENTITY
from hydra_auto.training.complexity import complexity

FEW = Options(replicates=200, permutations=100)
MODES: tuple[Profiles, ...] = ("public", "eq3", "fitted")


def case_and_difficulties(tmp_path: Path, **how: float) -> tuple[Case, Floats]:
    folder, difficulty = synthetic(tmp_path / f"t{len(list(tmp_path.iterdir()))}", **how)  # type: ignore[arg-type]
    pool = read_pool(write_pool(tmp_path / "pool.yaml"))
    case = case_of(read_table(folder, pool.names, "pool.yaml"), pool)
    return case, np.asarray([[difficulty[i]] * 4 for i in case.ids])


def upset(case: Case, fold: int) -> Case:
    """The case with every outcome and cost of one fold turned round."""
    own = (case.fold == fold)[:, None]
    score = np.where(own, 1 - case.score, case.score)
    cost = np.where(own, case.cost[:, ::-1] * 7, case.cost)
    return evolve(case, score=score, cost=cost, recorded=cost)


@pytest.mark.parametrize("how", MODES)
def test_the_replayed_choice_is_the_routers_own_at_every_tau(tmp_path: Path, how: Profiles) -> None:
    case, scores = case_and_difficulties(tmp_path, n=40)
    system = routed("ours", "ours", case, scores, IDENTITY, how, Serial())
    for i in range(0, len(scores), 7):
        setting = setting_for(case, scores, IDENTITY, how, case.fold != case.fold[i])
        for t in range(0, len(TAUS), 9):
            catalog = evolve(setting.catalog, tiers={TIER: Tier(float(TAUS[t]))})
            request = request_of(int(case.characters[i]))
            vector = tuple(scores[i].tolist())
            said = route(request, vector, catalog, setting.profiles, setting.scale)  # type: ignore[arg-type]
            assert case.pool.models[system.choice[i, t]] == said.chosen.id


@pytest.mark.parametrize("how", MODES)
def test_no_outcome_and_no_cost_of_a_fold_moves_the_choices_made_in_it(tmp_path: Path, how: Profiles) -> None:
    case, scores = case_and_difficulties(tmp_path, noise=0.3)
    right = routed("", "ours", case, scores, IDENTITY, how, Serial()).choice
    for fold in (0, 3):
        wrong = routed("", "ours", upset(case, fold), scores, IDENTITY, how, Serial()).choice
        own = case.fold == fold
        assert (right[own] == wrong[own]).all()


def test_the_fitted_baselines_do_not_see_the_fold_that_they_are_judged_on(tmp_path: Path) -> None:
    case, scores = case_and_difficulties(tmp_path, noise=0.3)
    random = np.random.default_rng(0)
    features = baselines.Features([], random.normal(size=(len(scores), 8)))
    own = case.fold == 2
    players = (
        lambda c: baselines.nearest_neighbours(c, features),
        lambda c: baselines.logistic(c, features),
        lambda c: baselines.route_llm(c, features),
        lambda c: baselines.logistic_on_scores(c, scores),
        lambda c: priced("", c, scores, IDENTITY, "fitted"),
    )
    for play in players:
        right, wrong = play(case).choice, play(upset(case, 2)).choice
        assert (right[own] == wrong[own]).all()
        assert (right[~own] != wrong[~own]).any()  # the other folds do learn from it


def test_tau_for_a_fold_is_selected_on_the_other_folds(tmp_path: Path) -> None:
    case, scores = case_and_difficulties(tmp_path, noise=0.3)
    system = routed("", "ours", case, scores, IDENTITY, "public", Serial())
    options = Options(replicates=50, permutations=1)

    def chosen(judged: Case, regime: str) -> list[int]:
        ground = _ground(alone(judged), options, "large")
        return _selected(ground, _sums(ground, system), regime)[1].tolist()  # type: ignore[arg-type]

    for regime in ("peak", "iso", "aggressive"):
        assert chosen(case, regime) == chosen(upset(case, 1), regime)


def test_a_perfect_predictor_beats_random_mixing_and_its_shuffled_self(tmp_path: Path) -> None:
    case, scores = case_and_difficulties(tmp_path, n=200)
    row = study(alone(case), [routed("ours", "ours", case, scores, IDENTITY, "public", Serial())], FEW)[
        "systems"
    ][0]
    assert row["area"]["low"] > 2
    assert row["null"]["high"] < row["area"]["value"]
    assert row["null"]["p"] < 0.02
    assert row["regimes"]["iso"]["points"]["value"] >= -2
    assert row["regimes"]["iso"]["saving"]["low"] > 30


def test_scores_that_know_nothing_are_as_good_as_shuffled_ones(tmp_path: Path) -> None:
    case, _ = case_and_difficulties(tmp_path, n=200)
    scores = np.random.default_rng(5).uniform(size=(len(case.rows), 1)) * np.ones(4)
    row = study(alone(case), [routed("ours", "ours", case, scores, IDENTITY, "public", Serial())], FEW)[
        "systems"
    ][0]
    assert row["null"]["p"] > 0.05
    assert row["area"]["value"] < 2


def test_the_knob_reaches_from_the_cheapest_to_the_strongest_model(tmp_path: Path) -> None:
    case, scores = case_and_difficulties(tmp_path, n=200)
    choice = routed("ours", "ours", case, scores, IDENTITY, "public", Serial()).choice
    assert (choice[:, 0] == case.pool.models.index("small")).all()
    hard = scores.max(axis=1) > 0.5
    assert (choice[hard, -1] == case.pool.models.index("large")).all()


def test_a_mark_has_the_figures_of_the_router_at_that_tau(tmp_path: Path) -> None:
    case, scores = case_and_difficulties(tmp_path, n=200)
    system = routed("ours", "ours", case, scores, IDENTITY, "public", Serial())
    told = study(alone(case), [system], FEW, marks={"careful": float(TAUS[-10]), "middling": 0.0})
    marks = told["systems"][0]["marks"]
    assert marks["careful"]["knob"][0] == TAUS[-10]
    at_zero = system.choice[:, int(np.flatnonzero(TAUS == 0)[0])]
    own = played(case.score, at_zero[:, None])[:, 0].mean() * 100
    assert marks["middling"]["quality"]["value"] == pytest.approx(own)
    assert marks["careful"]["cost"]["value"] > marks["middling"]["cost"]["value"]


def test_nobody_is_above_the_oracle(tmp_path: Path) -> None:
    case, scores = case_and_difficulties(tmp_path, noise=0.2)
    rows = study(
        alone(case), [routed("ours", "ours", case, scores, IDENTITY, how, Serial()) for how in MODES], FEW
    )["systems"]
    assert all(row["areaToOracle"]["low"] >= 0 for row in rows)
    best = oracle(alone(case), np.asarray([0.0]))
    assert (played(case.score, best.choice)[:, 0] == case.score.max(axis=1)).all()


def test_nor_is_who_knows_the_outcomes_and_then_spends_more(tmp_path: Path) -> None:
    """After the oracle's choices this one takes the dearest of the equally good models."""
    case, _ = case_and_difficulties(tmp_path, noise=0.3)
    seeing = oracle(alone(case), ORACLE_PRICES).choice
    dearest = np.where(case.score == case.score.max(axis=1, keepdims=True), case.cost, -1).argmax(axis=1)
    choice = np.concatenate([seeing, dearest[:, None]], axis=1)
    spender = System("spender", "untrained", choice, np.zeros(choice.shape[1]))
    rows = study(alone(case), [spender], FEW)["systems"]
    assert rows[0]["areaToOracle"]["low"] >= -1e-9
    assert rows[0]["areaToOracle"]["value"] >= -1e-9
    assert rows[1]["covered"] < rows[0]["covered"]


def test_litellm_gets_no_model_that_is_dearer_and_publicly_no_better(
    tmp_path: Path,
) -> None:
    case, _ = case_and_difficulties(tmp_path, n=30)
    can = dict.fromkeys(DIMENSIONS, 0.6)
    small, middle, large = case.pool.catalog.models
    models = (evolve(large, capabilities=can), small, evolve(middle, capabilities=can))
    pool = evolve(case.pool, catalog=evolve(case.pool.catalog, models=models))
    reached = baselines.litellm(
        evolve(case, pool=pool, score=case.score[:, [2, 0, 1]], cost=case.cost[:, [2, 0, 1]]),
        baselines.Features([complexity(f"why does {i} fail?") for i in range(len(case.rows))], case.score),
    ).choice
    assert set(reached.ravel()) == {1, 2}  # never the first: as able as the last, and dearer
    assert (reached[:, 0] == 1).all()
    assert (reached[:, -1] == 2).all()


def test_always_the_same_model_has_no_area_and_saves_what_it_costs_less(tmp_path: Path) -> None:
    case, _ = case_and_difficulties(tmp_path)
    always = System("small", "untrained", np.zeros((len(case.rows), 1), dtype=np.int64), np.zeros(1))
    row = study(alone(case), [always], FEW, "large")["systems"][0]
    assert row["area"]["value"] <= 1e-9
    saved = 100 * (1 - case.cost[:, 0].mean() / case.cost[:, 2].mean())
    assert row["regimes"]["peak"]["saving"]["value"] == pytest.approx(saved)
    assert row["regimes"]["peak"]["savingAgainst"]["small"]["value"] == pytest.approx(0)
    assert row["regimes"]["peak"]["share"] == {"small": 100.0, "middle": 0.0, "large": 0.0}


def test_the_same_seed_gives_the_same_figures(tmp_path: Path) -> None:
    case, scores = case_and_difficulties(tmp_path, noise=0.2)
    system = routed("ours", "ours", case, scores, IDENTITY, "public", Serial())
    assert study(alone(case), [system], FEW) == study(alone(case), [system], FEW)


def test_each_table_keeps_its_share_of_a_mixed_workload_in_every_draw(tmp_path: Path) -> None:
    uneven, _ = case_and_difficulties(tmp_path, n=83, repositories=60)
    other, _ = case_and_difficulties(tmp_path, n=40, seed=1)
    workload = mixed([uneven, other], equal=True)
    weights = draws(workload, 50, 0)
    for part in (0, 1):
        assert weights[:, workload.part == part].sum(axis=1) == pytest.approx(1.0)
    assert len({tuple(row) for row in weights}) > 40


def test_a_mixed_workload_of_one_table_twice_has_that_tables_area(tmp_path: Path) -> None:
    case, scores = case_and_difficulties(tmp_path)
    system = routed("ours", "ours", case, scores, IDENTITY, "public", Serial())
    once = study(alone(case), [system], FEW)["systems"][0]["area"]["value"]
    twice = System("ours", "ours", np.concatenate([system.choice] * 2), system.knobs)
    row = study(mixed([case, case], equal=False), [twice], FEW)["systems"][0]
    assert row["area"]["value"] == pytest.approx(once)
    assert row["areaAboveAllocated"]["value"] == pytest.approx(once)


def test_the_token_factor_makes_the_expected_cost_the_recorded_one(tmp_path: Path) -> None:
    case, _ = case_and_difficulties(tmp_path)
    spent = case.recorded * np.asarray([50.0, 1.0, 1.0])  # the cheapest list price, and it spends the most
    catalog = with_token_factors(case.pool.catalog, case.characters, spent)
    expected = expected_costs(catalog, case.characters.tolist()).mean(axis=0)
    assert expected / expected[1] == pytest.approx(spent.mean(axis=0) / spent.mean(axis=0)[1])
    assert np.prod([m.token_factor for m in catalog.models]) == pytest.approx(1)


def test_a_model_that_spends_more_than_its_price_says_loses_its_place(tmp_path: Path) -> None:
    case, scores = case_and_difficulties(tmp_path)
    dear = case.cost * np.asarray([50.0, 1.0, 1.0])
    case = evolve(case, cost=dear, recorded=dear)
    choice = routed("", "ours", case, scores, IDENTITY, "public", Serial()).choice
    assert (choice != 0).all()  # dominated: dearer than the middle one, and less able


def test_a_number_takes_the_predictors_place_by_rank() -> None:
    scores = [np.asarray([[0.1] * 4, [0.9] * 4]), np.asarray([[0.5] * 4])]
    found = baselines.ranked_like([np.asarray([3.0, 1.0]), np.asarray([2.0])], scores)
    assert [f[:, 0].tolist() for f in found] == [[0.9, 0.1], [0.5]]
