"""The two baselines that a first predictor must beat: the mean, and ridge regression on TF-IDF."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from hydra_auto.predictor.text import render
from hydra_auto.training.data import Example

FEATURES = 120_000
"""Most frequent character n-grams that count."""


def mean_baseline(training: Sequence[Example], others: Sequence[Example]) -> np.ndarray:
    """The training labels' mean for every request, [n, 4]."""
    return np.tile(np.mean([e.scores for e in training], axis=0), (len(others), 1))


def tfidf_ridge(training: Sequence[Example], others: Sequence[Example]) -> np.ndarray:
    """Ridge regression on TF-IDF of character 2- to 5-grams, [n, 4] clipped to [0, 1]."""
    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), max_features=FEATURES, sublinear_tf=True, dtype=np.float32
    )
    model = make_pipeline(vectorizer, Ridge(alpha=1.0))
    model.fit([render(e.text).text for e in training], np.asarray([e.scores for e in training]))
    predicted = np.asarray(model.predict([render(e.text).text for e in others]), dtype=np.float64)
    return np.clip(predicted, 0.0, 1.0)
