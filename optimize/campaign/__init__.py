"""``heliofront campaign``: many runs side by side, merged and judged.

``plan`` says what the runs are, ``task`` carries out one of them on a worker, ``place`` keeps the
folders, ``local`` has workers on this machine and ``cluster`` on others, ``merge`` judges the
fronts; ``command`` puts them together.
"""
