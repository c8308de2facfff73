"""All read models, in the order in which they are shown."""

from collections.abc import Sequence
from typing import Final

from projections.accounts import Accounts
from projections.audit_log import AuditLog
from projections.daily_snapshots import DailySnapshots
from projections.errors import UnknownReadModel
from projections.kernel import Projection
from projections.limit_warnings import LimitWarnings
from projections.news_releases import NewsReleases
from projections.pack_versions import PackVersions
from projections.payouts import Payouts
from projections.restatements import Restatements
from projections.rule_state import RuleState
from projections.rule_violations import RuleViolations
from projections.trades import Trades
from projections.trading_days import TradingDays
from projections.verdict_revisions import VerdictRevisions

READ_MODELS: Final[Sequence[Projection]] = (
    Accounts(),
    Trades(),
    TradingDays(),
    DailySnapshots(),
    RuleViolations(),
    LimitWarnings(),
    RuleState(),
    Restatements(),
    VerdictRevisions(),
    NewsReleases(),
    Payouts(),
    AuditLog(),
    PackVersions(),
)


def read_model(name: str) -> Projection:
    """The read model of this name. Refuses with UnknownReadModel."""
    for model in READ_MODELS:
        if model.name == name:
            return model
    known = ", ".join(model.name for model in READ_MODELS)
    raise UnknownReadModel(f"There is no read model {name!r}; there are {known}.", name=name)
