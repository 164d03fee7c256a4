"""A model's card: what it can do, what it costs against the pool, and where every value was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hydra_auto.catalog.model import Catalog, Model, Origin, Price, Profile
from hydra_auto.dimensions import DIMENSIONS
from hydra_auto.lsp.language.view import TYPICAL_PROMPT, Pool, Shares, typical_cost
from hydra_auto.routing.globs import matches

_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>|#!~&])")


def model_card(pool: Pool, profile: Profile, shares: Shares) -> str:
    """Markdown. Ranks and prices are against the models that `allow` and `deny` leave."""
    model = profile.model
    parts = [
        f"**{plain(model.name)}** — {code(model.id)}, {plain(model.vendor)}{_abilities(model)}",
        *_standing(pool, model, shares),
        _capabilities(pool, profile),
        _cost(pool, model),
        _origins(pool.catalog, model),
    ]
    return "\n\n".join(parts)


def place(origin: Origin | None) -> str:
    """`layer, file:line`, a link where the file is one."""
    if origin is None:
        return "no layer: the built-in value"
    path = Path(origin.file)
    shown = f"{plain(path.name)}:{origin.line}"
    link = f"[{shown}]({path.as_uri()}#L{origin.line})" if path.is_absolute() else shown
    return f"{plain(origin.layer)}, {link}"


def number(value: float | None) -> str:
    return "?" if value is None else f"{value:.6g}"


def plain(text: str) -> str:
    """A catalog's own text, so that it is no markup."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    return f"`{' '.join(text.replace('`', '').split())}`"


def share_words(shares: Shares, model_id: str) -> str:
    """`chosen for 23 % of the last 200 requests`."""
    requests = "request" if shares.total == 1 else f"{shares.total} requests"
    count = shares.chosen.get(model_id, 0)
    if count == 0:
        return f"not chosen in the last {requests}"
    percent = 100 * count / shares.total
    return f"chosen for {f'{percent:.0f}' if percent >= 1 else 'under 1'} % of the last {requests}"


def _abilities(model: Model) -> str:
    words = [word for word, has in (("vision", model.vision), ("tools", model.tools)) if has]
    if model.local:
        words.append("runs locally")
    if model.context is not None:
        words.append(f"context {model.context:,} tokens")
    return "".join(f" · {word}" for word in words)


def _standing(pool: Pool, model: Model, shares: Shares) -> Iterator[str]:
    if not pool.permits(model.id):
        yield f"Not in the pool: {_refusal(pool.catalog, model)}."
    if shares.total:
        yield f"{share_words(shares, model.id).capitalize()}."


def _refusal(catalog: Catalog, model: Model) -> str:
    for pattern in catalog.deny:
        if matches(pattern, model.id):
            return f"denied by {code(pattern)} ({place(catalog.origins.pattern('deny', pattern))})"
    return "no pattern of an `allow` covers it"


def _capabilities(pool: Pool, profile: Profile) -> str:
    """A table; under `scale: label` the figures are on the label scale."""
    shown = profile.capability if profile.label is None else profile.label
    lines = ["| dimension | capability | rank | from |", "|:--|--:|--:|:--|"]
    for k, name in enumerate(DIMENSIONS):
        rank = f"{pool.rank(profile, k)} of {len(pool.profiles)}"
        lines.append(f"| {name.replace('_', ' ')} | {shown[k]:.2f} | {rank} | {_source(pool, profile, k)} |")
    return "\n".join(lines)


def _source(pool: Pool, profile: Profile, k: int) -> str:
    name, model = DIMENSIONS[k], profile.model
    if name in profile.estimated:
        return "estimated from the others"
    if name in model.capabilities:
        return "written in the catalog"
    known = pool.catalog.benchmarks
    measured = [b for b in model.benchmarks if b in known and name in known[b].measures]
    return ", ".join(code(b) for b in measured)


def _cost(pool: Pool, model: Model) -> str:
    """At the prices that costs are shown at, which a workspace does not set."""
    cost, rank, typical = typical_cost(model), pool.cost_rank(model), pool.median_cost
    against = f", {cost / typical:.2g} times the median" if typical > 0 else ""
    tokens = model.shown_token_factor
    factor = f" (it spends {number(tokens)} times the usual tokens)" if tokens != 1 else ""
    inner = f" The workspace says {_price(model.price)}, and routes by that." if model.outer_price else ""
    return (
        f"{_price(model.shown_price)}. A request of {TYPICAL_PROMPT:,} tokens costs about "
        f"${number(cost)}{factor}: place {rank} of {len(pool.profiles)} from the cheapest{against}.{inner}"
    )


def _price(price: Price) -> str:
    if price.per_request is not None:
        return f"${number(price.per_request)} per request"
    cached = "" if price.cached_input is None else f", ${number(price.cached_input)} from the cache"
    return f"${number(price.input)} in{cached}, ${number(price.output)} out, per million tokens"


def _origins(catalog: Catalog, model: Model) -> str:
    """The places of the model's values, those of one place on one line."""
    by_place: dict[str, list[str]] = {}
    for path in _written(model):
        origin = catalog.origins.origin("models", model.id, *path)
        if origin is not None:
            by_place.setdefault(place(origin), []).append(code(".".join(path)))
    if not by_place:
        return f"Written in {place(model.origin)}."
    return "\n".join(f"- {', '.join(keys)}: {where}" for where, keys in by_place.items())


def _written(model: Model) -> Iterator[tuple[str, ...]]:
    """The paths of what may be written of this model."""
    yield from (("name",), ("vendor",), ("family",), ("match",))
    prices = ("perRequest",) if model.price.per_request is not None else ("input", "cachedInput", "output")
    yield from (("price", key) for key in prices)
    yield from (("tokenFactor",), ("limits", "context"), ("limits", "output"))
    yield from (("supports", "vision"), ("supports", "tools"), ("local",))
    yield from (("benchmarks", name) for name in model.benchmarks)
    yield from (("capabilities", name) for name in model.capabilities)
