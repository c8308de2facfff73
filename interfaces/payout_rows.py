"""How payouts are read out of their read model, for the API and for the command line."""

from typing import Final

PAYOUTS: Final = """
SELECT payout_id, account_id, trader_id, status, amount_units, trader_share_units, process_on,
    requested_at, reasons, version, requested_seq
FROM read.payouts
"""
# The account's version is what a decision on the payout rests on.
PAYOUT: Final = """
SELECT p.*, a.version AS account_version
FROM read.payouts AS p JOIN read.accounts AS a USING (account_id)
WHERE p.account_id = %s AND p.payout_id = %s
"""
DECISIONS: Final = ("requested", "approved", "rejected", "cancelled", "paid")
"""What can be decided about a payout, in the order of its life; its statuses are called so too."""
