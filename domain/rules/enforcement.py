"""Which rules of a pack this version enforces. A rule that is read and not enforced would make
every verdict under it a false comfort, so such a pack is refused whole.
"""

from domain.errors import DomainError
from domain.rules.pack import RulePack

NOT_ENFORCED = (
    "maximum_trading_days",
    "session",
    "news",
    "minimum_hold_seconds",
    "inactivity_days",
)


class RuleNotEnforced(DomainError):
    """The pack has a rule that this version reads and does not enforce yet."""

    code = "rule-not-enforced"


def refuse_unenforced(pack: RulePack) -> None:
    """Raises RuleNotEnforced, naming the first such rule."""
    for rule in NOT_ENFORCED:
        if _can_bite(pack, rule):
            raise RuleNotEnforced(
                f"The rule {rule} can be read but is not enforced yet; no account is judged under a"
                " pack that has it. Leave it out, or wait for the version that enforces it.",
                rule=rule,
            )


def _can_bite(pack: RulePack, rule: str) -> bool:
    """Whether the pack has the rule, and it forbids anything at all."""
    if rule == "session" and pack.session is not None:
        session = pack.session
        return session.flat_by is not None or "forbidden" in (session.overnight, session.weekend)
    return getattr(pack, rule) not in (None, 0)
