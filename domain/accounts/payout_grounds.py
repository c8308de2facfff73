"""Why a payout may be rejected: a closed vocabulary, and evidence that anyone can look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.accounts.errors import RejectionWithoutEvidence, RejectionWithoutReason
from domain.documents import canonical_json
from domain.rules.payout_table import COMPARISONS

EXPLANATION_LENGTH_MAX: Final = 500
EVIDENCE_MAX: Final = 50

OTHER_GROUNDS: Final[Mapping[str, str]] = {
    "account_failed": "the account failed before the payout was approved",
    "copy_trading": "trades were copied from or to other accounts against the rules",
    "data_in_doubt": "trades or prices that the profit rests on are in doubt",
    "identity_unverified": "the trader's identity is not verified",
    "other_rule_broken": "a rule that the pack does not hold was broken; the explanation names it",
    "prohibited_trading": "the trading was of a kind that the firm forbids",
}
REJECTION_CODES: Final = frozenset({*COMPARISONS, *OTHER_GROUNDS})
"""Every reason for which a payout may be rejected: the rules of payouts, and the grounds above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Why a payout is rejected. `evidence` are stream versions of events of the account."""

    reasons: tuple[str, ...]
    explanation: str
    evidence: tuple[int, ...]

    @property
    def said(self) -> str:
        """All of it as one text; the order of codes and of events is nothing."""
        document = {
            "reasons": sorted(self.reasons),
            "explanation": self.explanation,
            "evidence": sorted(self.evidence),
        }
        return canonical_json(document)

    def insist(self, *, version: int) -> None:
        """Refuse with RejectionWithoutReason or RejectionWithoutEvidence what is no ground.

        `version` is the newest of the account: no evidence can be beyond it.
        """
        unknown = sorted(set(self.reasons) - REJECTION_CODES)
        if not self.reasons or unknown or len(set(self.reasons)) < len(self.reasons):
            raise RejectionWithoutReason(
                "A rejection names each of its reasons once, and only of these:"
                f" {', '.join(sorted(REJECTION_CODES))}.",
                unknown=unknown,
                known=sorted(REJECTION_CODES),
            )
        if not self.explanation.strip() or len(self.explanation) > EXPLANATION_LENGTH_MAX:
            raise RejectionWithoutReason(
                "A rejection has a sentence that tells the trader why, of at most"
                f" {EXPLANATION_LENGTH_MAX} characters.",
                unknown=[],
                known=sorted(REJECTION_CODES),
            )
        absent = sorted(each for each in set(self.evidence) if not 1 <= each <= version)
        if not self.evidence or absent or len(self.evidence) > EVIDENCE_MAX:
            raise RejectionWithoutEvidence(
                f"A rejection rests on 1 to {EVIDENCE_MAX} events of the account; name them by"
                f" their versions, from 1 to {version}.",
                absent=absent,
                newest=version,
            )
