"""Outcome tables -> what routing would have cost and achieved: cost-quality frontiers, regimes, baselines.

The stations in the order of the path: `table` (recorded outcomes), `pool` (a catalog of the table's models),
`scorers` (requirements, cached), `fitting` (what the other folds say of the models), `replay` (the router's
own choices), `workload` (queries x models, alone or mixed), `baselines`, `curves` and `resampling` (figures
and their intervals), `study` (one workload), `report` and `plots`. `engine` maps chunks of rows here or on a
Ray cluster. Needs the extra `evaluation`; nothing else imports it.
"""
