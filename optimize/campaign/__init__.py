"""``heliofront campaign``: many runs on Dask distributed, merged and judged.

``plan`` says what the runs are, ``task`` carries out one of them on a worker, ``place`` keeps the
folders, ``engine`` talks to Dask, ``merge`` judges the fronts; ``command`` puts them together.
"""
