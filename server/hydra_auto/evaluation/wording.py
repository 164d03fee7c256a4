"""What the results page says in words; figures go in where {braces} stand."""

from __future__ import annotations

from typing import Final

HOW: Final = """
Scores: {scorer}. {folds} folds by a hash of the instance id, the same in every table. The router sees list
prices, prompt lengths and, per model, a token factor fitted on the other folds; never `meta`, never a
recorded cost of the fold that it is judged on. The choices are the router's own code, each request as the
first turn of a conversation: **the conversation policy is not replayed**, because the tables have one turn
per query.

Brackets are 95 % percentile intervals of {replicates} bootstrap draws of whole repositories (SWE-bench) or
queries, each table keeping its share, paired over all systems; τ is selected anew in every draw, for each
fold on the other folds. (Labels, catalog changes and wrong profiles: a quarter of the draws and shuffles.)
Token factors and fitted profiles are not refitted per draw. SWE-bench has few repositories, one of which is
half of it, so its intervals are rough.

*Area* is the mean height, in points of quality, of a system's curve above random mixing at equal cost, over
the costs from the cheapest to the best single model. The curve goes in straight lines through the positions
of the knob in their order, not thinned out to the lucky ones, so turning back to a lower cost counts
negatively. Before the first position and after the last one it goes straight to the cheapest and to the
best single model: anyone can mix a router with these, as random mixing does, and *knob covers* is the share
of the range that lies between the knob's own cheapest and dearest position. What lies outside the range
does not count: a line that leaves it is cut there, and money beyond the dear end earns nothing. The mixing
picks its models in hindsight, in every draw anew: zero is a hard mark, and the intervals lean downwards.
*To the oracle* is how much larger the area of the choices is that see the outcomes (the largest score - λ ·
cost of each query, on a fine grid of λ); they keep their last quality up to the dear end, so that no knob
that never turns back can be above them, except within the grid's steps. *Shuffled* is the same with the
decisions dealt out anew among the queries of a table and fold, and *p* the share of shuffles that reach as
much. In the mixed workload a query keeps its table's pool, its cost is divided by the mean cost of that
table's always-strongest model, and mixing treats every table alike.

QR is quality over what the best model of the pool reaches on each query; saving (the paper's CS) is against
the reference; misroute is the share of queries on which another model of the pool scored higher. They are
our reading of the paper's terms, whose full text could not be had here.
"""

PROFILES: Final = {
    "ours": "capabilities from public benchmarks other than the one replayed, as in the product",
    "ours, Eq. 3 profiles": "the same benchmarks by the paper's Eq. 3, min-max over the pool",
    "ours, profiles fitted on other folds": "Eq. 3 with the mean score on the other folds as the benchmark",
    "ours, shortfall priced": "not in the product: least cost + μ · shortfall instead of Algorithm 2",
    "prompt length": "its rank in the predictor's place, same router and profiles",
    "LiteLLM complexity router": (
        "rules of litellm 1.110.2, four tiers spread by list price over the models of the pool that no other "
        "exceeds in (list price, mean of the public capabilities that ours sees)"
    ),
    "kNN on embeddings": "frozen all-MiniLM-L6-v2, 20 neighbours; score - λ · mean cost",
    "logistic regression on embeddings": "one per model; score - λ · mean cost",
    "logistic regression on the four scores": "one per model; what training on the tables would make of ours",
    "RouteLLM (binary classifier)": "strongest or cheapest, by a classifier on the embeddings",
}

NOISE: Final = """
With {queries} queries a single figure is mostly noise: the standard error of one quality is about
{error:.1f} points. Read the intervals, not the values.
"""

NO_ROUTING: Final = """
Without any routing, always {name} gives {points:+.1f} points and saves {saving:.0f} % here, so a saving
against the reference says little about routing. The paper's savings are on another pool, with its own runs.
"""

LABELS: Final = """
The same router with the annotated requirements in the predictor's place, and the predictor on the same
queries. The gap between the two is what a better predictor could win. What is missing above the labels, no
predictor of these four numbers wins with this way to choose: there the profiles or the choice itself must
change.
"""

LANGUAGES: Final = """
Parallel wordings of requests that did not train, with annotated requirements, routed over the default
catalog's hosted models: the share that gets the model of its English wording, expected cost relative to it,
and the share whose annotated requirement the routed model meets within the tier's τ (wholly, where τ is
negative).
"""


def lines(text: str) -> list[str]:
    """A wording as the lines of a page."""
    return text.strip().splitlines()
