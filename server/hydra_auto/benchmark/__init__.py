"""Figures, not tests: start-up, latency and memory of the router, beside its peers in the same run
(`run.py`), and a catalog that is edited while requests run (`live.py`)."""
