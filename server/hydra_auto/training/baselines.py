"""What a predictor must beat: mean, length, LiteLLM's heuristic, ridge on TF-IDF and on a frozen teacher."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from hydra_auto.predictor.text import SIGNALS, Rendered, render
from hydra_auto.training.complexity import complexity
from hydra_auto.training.data import Example

FEATURES = 120_000
"""Most frequent character n-grams that count."""


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
    own = [[feature(render(e.text).text)] for e in training]
    models = [GradientBoostingRegressor(max_depth=2, random_state=0).fit(own, column) for column in labels.T]
    wanted = [[feature(text)] for text in others]
    found: np.ndarray = np.stack([m.predict(wanted) for m in models], axis=1)
    return found


def kernel_ridge(vectors: np.ndarray, texts: Sequence[Rendered], training: Sequence[Example]) -> np.ndarray:
    """Kernel ridge (RBF) on a frozen encoder's vectors with signals and length, [n, 4] clipped to [0, 1].

    The first `len(training)` of `vectors` [m, width] and `texts` are those of `training`; the others, n, are
    predicted. float32, because 20,000 rows in float64 end in OpenBLAS.
    """
    count = len(training)
    labels = np.asarray([e.scores for e in training], dtype=np.float32)
    features = _features(vectors, texts, count)
    model = KernelRidge(kernel="rbf", gamma=0.001, alpha=0.3)
    model.fit(features[:count], labels - labels.mean(axis=0))
    predicted = np.asarray(model.predict(features[count:]) + labels.mean(axis=0), dtype=np.float64)
    return np.clip(predicted, 0.0, 1.0)


def _features(vectors: np.ndarray, texts: Sequence[Rendered], count: int) -> np.ndarray:
    """[n, width + 7], float32: the vectors, centred and scaled on the first `count`, signals, length."""
    scaled = (vectors - vectors[:count].mean(axis=0)) / vectors[:count].std()
    flags = [[s in t.signals for s in SIGNALS] + [np.log1p(len(t.text)) / 3] for t in texts]
    return np.concatenate([scaled, np.asarray(flags)], axis=1, dtype=np.float32)


def tfidf_ridge(training: Sequence[Example], others: Sequence[str]) -> np.ndarray:
    """Ridge regression on TF-IDF of character 2- to 5-grams of rendered texts, [n, 4] clipped to [0, 1]."""
    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), max_features=FEATURES, sublinear_tf=True, dtype=np.float32
    )
    model = make_pipeline(vectorizer, Ridge(alpha=1.0))
    model.fit([render(e.text).text for e in training], np.asarray([e.scores for e in training]))
    predicted = np.asarray(model.predict(list(others)), dtype=np.float64)
    return np.clip(predicted, 0.0, 1.0)
