"""What a predictor must beat: mean, length, LiteLLM's heuristic, ridge on TF-IDF and on a frozen teacher."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from hydra_auto.predictor.text import MODES, SIGNALS, Rendered
from hydra_auto.training.complexity import complexity
from hydra_auto.training.data import Example

FEATURES: Final = 120_000
"""Most frequent character n-grams that count."""

LANDMARKS: Final = 6_000
"""Training requests whose kernel columns stand for the whole kernel."""


def mean_baseline(training: Sequence[Example], others: Sequence[Example]) -> np.ndarray:
    """The training labels' mean for every request, [n, 4]."""
    return np.tile(np.mean([e.scores for e in training], axis=0), (len(others), 1))


def length_baseline(training: Sequence[Example], others: Sequence[str]) -> np.ndarray:
    """Gradient-boosted regression on nothing but the logarithm of the rendered length, [n, 4]."""
    return _boosted(training, others, lambda text: np.log1p(len(text)))


def complexity_baseline(training: Sequence[Example], others: Sequence[str]) -> np.ndarray:
    """The same on nothing but the score of LiteLLM's complexity router, a public heuristic, [n, 4]."""
    return _boosted(training, others, lambda text: complexity(text).score)


def _boosted(
    training: Sequence[Example], others: Sequence[str], feature: Callable[[str], float]
) -> np.ndarray:
    """Gradient-boosted regression on one number of each rendered text."""
    labels = np.asarray([e.scores for e in training])
    own = [[feature(e.rendered.text)] for e in training]
    models = [GradientBoostingRegressor(max_depth=2, random_state=0).fit(own, column) for column in labels.T]
    wanted = [[feature(text)] for text in others]
    found: np.ndarray = np.stack([m.predict(wanted) for m in models], axis=1)
    return found


def kernel_ridge(vectors: np.ndarray, texts: Sequence[Rendered], training: Sequence[Example]) -> np.ndarray:
    """Kernel ridge (RBF) on a frozen encoder's vectors with signals, mode and length, [n, 4] in [0, 1].

    The first `len(training)` of `vectors` [m, width] and `texts` are those of `training`; the others, n, are
    predicted. By Nyström's approximation: the whole kernel of 36,000 rows does not fit into 24 GB.
    """
    count = len(training)
    labels = np.asarray([e.scores for e in training], dtype=np.float32)
    features = _features(vectors, texts, count)
    places = min(LANDMARKS, count)
    model = make_pipeline(Nystroem(gamma=0.001, n_components=places, random_state=0), Ridge(alpha=0.3))
    model.fit(features[:count], labels)
    predicted = np.asarray(model.predict(features[count:]), dtype=np.float64)
    return np.clip(predicted, 0.0, 1.0)


def _features(vectors: np.ndarray, texts: Sequence[Rendered], count: int) -> np.ndarray:
    """[n, width + 10], float32: the vectors, scaled on the first `count`, signals, mode, length."""
    scaled = (vectors - vectors[:count].mean(axis=0)) / vectors[:count].std()
    flags = [[s in t.signals for s in (*SIGNALS, *MODES)] + [np.log1p(len(t.text)) / 3] for t in texts]
    return np.concatenate([scaled, np.asarray(flags)], axis=1, dtype=np.float32)


def tfidf_ridge(training: Sequence[Example], others: Sequence[Rendered]) -> np.ndarray:
    """Ridge regression on TF-IDF of character 2- to 5-grams, the mode before them, [n, 4] in [0, 1]."""
    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), max_features=FEATURES, sublinear_tf=True, dtype=np.float32
    )
    model = make_pipeline(vectorizer, Ridge(alpha=1.0))
    model.fit([with_mode(e.rendered) for e in training], np.asarray([e.scores for e in training]))
    predicted = np.asarray(model.predict([with_mode(r) for r in others]), dtype=np.float64)
    return np.clip(predicted, 0.0, 1.0)


def with_mode(request: Rendered) -> str:
    """The text behind its mode's name, where one is told, for readers that know no signals."""
    return " ".join([*(s for s in request.signals if s in MODES), request.text])
