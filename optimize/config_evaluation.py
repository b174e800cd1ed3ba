"""The ``evaluation:`` section of a configuration: how much a model may misbehave."""

from __future__ import annotations

from pydantic import Field

from optimize.config_base import Model


class EvaluationSetting(Model):
    """What happens when the model hangs, raises or returns what is no number.

    None of it changes a result, only which designs get one: a continuation may have other values.
    """

    timeout_s: float | None = Field(
        default=None, gt=0.0, le=1e6,
        description="seconds one call of the model may take; a longer one is interrupted and "
        "halved until the designs that hang are found (a call into compiled code ends when it "
        "returns); null: no limit",
    )  # fmt: skip
    most_failed: float = Field(
        default=0.5, gt=0.0, le=1.0,
        description="share of all evaluations that may fail before the run stops, from 500 "
        "evaluations on; 1 never stops",
    )  # fmt: skip
