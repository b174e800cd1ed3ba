"""The searches that a page of the live explorer has asked for."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from optimize.explorer.search_here import SearchHere
from optimize.run.folder import RunData
from problems.spec import SpecError


class Searches:
    """The searches that a page has asked for; one goes on at a time."""

    def __init__(self) -> None:
        self._searches: list[SearchHere] = []
        self._going = threading.Lock()

    def answer(self, run: RunData, request: object) -> dict[str, Any]:
        """Begin a search, go on with it, or end it.

        Parameters
        ----------
        run
            The run looked at.
        request
            ``{"region": {...}, "beside": [number, ...]}`` begins a search, with the designs of
            earlier ones on the front; ``{"go": number}`` goes on with one, ``{"end": number}``
            refines and stores it now.

        Returns
        -------
        dict
            What :meth:`SearchHere.part` returns, and ``number``, by which to go on.

        Raises
        ------
        SpecError
            For a request that is none of these, or a search that has ended.
        """
        with self._going:
            if not isinstance(request, dict) or len({*request} & {"region", "go", "end"}) != 1:
                raise SpecError("request", "expected one of 'region', 'go' and 'end'")
            if "region" in request:
                beside = [self._numbered(k).final_x for k in _numbers(request.get("beside", []))]
                past = np.concatenate([run.front_x[:0], *beside])
                self._searches.append(SearchHere(run, request["region"], past))
                number = len(self._searches) - 1
                return {**self._searches[number].part(), "number": number}
            key = "go" if "go" in request else "end"
            number = _numbers([request[key]])[0]
            search = self._numbered(number)
            if search.done:
                raise SpecError(key, "this search has ended")
            return {**(search.part() if key == "go" else search.finish()), "number": number}

    def _numbered(self, number: int) -> SearchHere:
        if not 0 <= number < len(self._searches):
            raise SpecError("search", "is not known to this server; begin it again")
        return self._searches[number]


def _numbers(value: object) -> list[int]:
    whole = isinstance(value, list) and all(type(number) is int for number in value)
    if not isinstance(value, list) or not whole:
        raise SpecError("search", "expected whole numbers")
    return value
