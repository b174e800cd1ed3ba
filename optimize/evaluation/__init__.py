"""The problem as the search sees it: guarded, timed, under futures, stored as tables."""
