"""What lies ahead of an account: its distance to every limit, the sizes, the next steps."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from interfaces.http.fields import Moment, Wire


class LimitUseOut(Wire):
    """One limit, and how much of it is used."""

    rule: str = Field(examples=["max_loss"])
    subject: str | None = Field(description="The product it is about, or `all`", examples=[None])
    unit: Literal["USD", "days", "contracts", "units", "requests"] = Field(examples=["USD"])
    observed: str = Field(description="What is compared, in `unit`", examples=["48400.00"])
    limit: str = Field(description="What it is compared with, in `unit`", examples=["48000.00"])
    left: str = Field(description="Until the limit, never below zero", examples=["400.00"])
    used: str = Field(description="The share used, cut to four places", examples=["0.8000"])
    warned: Literal[80, 90] | None = Field(
        description="The percentage that was warned of, while no less is used", examples=[80]
    )
    known: bool = Field(
        description="False while the open profit is older than the last execution", examples=[True]
    )
    deadline: Moment | None = Field(
        description="When days that pass of themselves are used up; they are counted up to the"
        " newest event of the account"
    )
    next_step: str = Field(examples=["400.00 is left above the floor of 48,000.00."])


class SizeOut(Wire):
    """The most contracts of one product that may be open at once, those open now included.

    An adverse move of `adverse_ticks` against all of them stays within every limit. Other
    positions and fees are not in it.
    """

    root: str = Field(examples=["ES"])
    direction: Literal["long", "short"] = Field(examples=["long"])
    held: int = Field(description="Open now", examples=[1])
    contracts: int | None = Field(
        description="Null without any bound, and where it is not known", examples=[2]
    )
    limited_by: str | None = Field(
        description="The rule or reason that forbids one more; `open_profit_unknown` where it is"
        " not known",
        examples=["position_limit"],
    )
    adverse_ticks: int = Field(examples=[40])
    ticks_left: int | None = Field(
        description="The move against those open now that stays within every limit, in ticks",
        examples=[31],
    )


class NextStepOut(Wire):
    """One objective, and what is missing until it is reached."""

    objective: Literal["profit_target", "trading_days", "consistency", "winning_days"] = Field(
        examples=["profit_target"]
    )
    reached: bool = Field(examples=[False])
    text: str = Field(examples=["740.00 more net profit reaches the target of 3,000.00."])
