"""What is said to the tables of snapshots."""

from __future__ import annotations

from typing import Final, LiteralString

# The row of a code is written again at the most once a minute.
SEEN: Final = """
INSERT INTO work.snapshot_codes AS c (code_hash, position) SELECT %s, last_seq FROM ledger.head
ON CONFLICT (code_hash) DO UPDATE SET last_seen_at = clock_timestamp()
WHERE c.last_seen_at < clock_timestamp() - interval '1 minute'
"""
CODE: Final = """
SELECT position, swept_to, wrong, distrusted_at IS NOT NULL FROM work.snapshot_codes
WHERE code_hash = %s
"""
FOLLOWED: Final = """
UPDATE work.snapshot_codes SET position = %s, swept_to = %s
WHERE code_hash = %s AND position = %s AND swept_to IS NOT DISTINCT FROM %s
"""
HEAD: Final = "SELECT last_seq FROM ledger.head"
# Streams of any kind, by id, that are long enough beside their snapshot.
SWEPT: Final = """
SELECT e.stream_id, e.version - coalesce(s.version, 0) >= %s
FROM (
    SELECT stream_id, version FROM ledger.streams WHERE stream_id > %s ORDER BY stream_id LIMIT %s
) AS e
LEFT JOIN work.snapshots AS s ON s.code_hash = %s AND s.stream_id = e.stream_id
ORDER BY e.stream_id
"""
# Accounts with an event in a piece of the log that have grown enough since their snapshot.
GROWN: Final = """
SELECT e.stream_id FROM (
    SELECT stream_id, max(stream_version) AS version, max(ledger_seq) AS ledger_seq
    FROM ledger.events
    WHERE ledger_seq > %s AND ledger_seq <= %s AND event_type LIKE 'account.%%'
    GROUP BY stream_id
) AS e
LEFT JOIN work.snapshots AS s ON s.code_hash = %s AND s.stream_id = e.stream_id
WHERE e.version - coalesce(s.version, 0) >= %s
ORDER BY e.ledger_seq
"""
# Only a newer one takes the place of another, and none is kept that was made from one that has been
# found wrong since.
PUT: Final = """
INSERT INTO work.snapshots AS s (code_hash, stream_id, version, ledger_seq, state, digest)
SELECT c.code_hash, %s, %s, %s, %s, %s FROM work.snapshot_codes AS c
WHERE c.code_hash = %s AND c.wrong = %s AND c.distrusted_at IS NULL
FOR SHARE OF c
ON CONFLICT (code_hash, stream_id) DO UPDATE
SET version = excluded.version, ledger_seq = excluded.ledger_seq, state = excluded.state,
    digest = excluded.digest, taken_at = clock_timestamp(), checked_at = NULL
WHERE s.version < excluded.version
"""
DROP_OF_OLD_CODES: Final = """
DELETE FROM work.snapshots WHERE (code_hash, stream_id) IN (
    SELECT s.code_hash, s.stream_id FROM work.snapshots AS s JOIN work.snapshot_codes AS c
        ON c.code_hash = s.code_hash
    WHERE c.code_hash <> %s AND c.last_seen_at < clock_timestamp() - make_interval(secs => %s)
    LIMIT %s
)
"""
# A code that was distrusted stays known: its release may come back.
DROP_OLD_CODES: Final = """
DELETE FROM work.snapshot_codes AS c
WHERE c.code_hash <> %s AND c.last_seen_at < clock_timestamp() - make_interval(secs => %s)
    AND c.distrusted_at IS NULL
    AND NOT EXISTS (SELECT FROM work.snapshots AS s WHERE s.code_hash = c.code_hash)
"""
KEPT: Final = """
SELECT stream_id, version, ledger_seq, state, digest, taken_at FROM work.snapshots
WHERE code_hash = %s AND stream_id = %s
"""
COUNT: Final = "SELECT count(*) FROM work.snapshots WHERE code_hash = %s"
PLACED: Final = """
SELECT stream_id FROM work.snapshots WHERE code_hash = %s ORDER BY stream_id OFFSET %s LIMIT 1
"""
AFTER: Final = """
SELECT stream_id FROM work.snapshots WHERE code_hash = %s AND stream_id > %s
ORDER BY stream_id LIMIT %s
"""
CHECKED_BEFORE: Final = """
SELECT extract(epoch FROM clock_timestamp() - last_checked_at)::bigint, distrusted_at IS NOT NULL
FROM work.snapshot_codes WHERE code_hash = %s
"""
RIGHT: Final = """
UPDATE work.snapshots SET checked_at = clock_timestamp()
WHERE code_hash = %s AND stream_id = %s AND version = %s AND digest = %s
"""
COUNT_RIGHT: Final = """
UPDATE work.snapshot_codes SET checked = checked + 1, last_checked_at = clock_timestamp()
WHERE code_hash = %s
"""
PASSED_OVER: Final = """
UPDATE work.snapshot_codes SET last_checked_at = clock_timestamp() WHERE code_hash = %s
"""
DELETE: Final = """
DELETE FROM work.snapshots
WHERE code_hash = %s AND stream_id = %s AND version = %s AND digest = %s
"""
FAULT: Final = """
INSERT INTO work.snapshot_faults (code_hash, stream_id, version, ledger_seq, kind, differs, digest,
    replayed_digest, taken_at)
VALUES (%s, %s, %s, %s, %s, left(%s, 2000), %s, %s, %s)
"""
PRUNE_FAULTS: Final = """
DELETE FROM work.snapshot_faults WHERE fault_id <= (
    SELECT fault_id FROM work.snapshot_faults ORDER BY fault_id DESC OFFSET %s LIMIT 1
)
"""
COUNT_FAULT: Final[dict[str, LiteralString]] = {
    "wrong": """
UPDATE work.snapshot_codes SET checked = checked + 1, wrong = wrong + 1,
    last_checked_at = clock_timestamp(),
    distrusted_at = coalesce(distrusted_at, clock_timestamp())
WHERE code_hash = %s
""",
    "unreadable": """
UPDATE work.snapshot_codes SET checked = checked + 1, unreadable = unreadable + 1,
    last_checked_at = clock_timestamp()
WHERE code_hash = %s
""",
}
DROP_ACCOUNT: Final = "DELETE FROM work.snapshots WHERE stream_id = %s"
DROP_CODE: Final = "DELETE FROM work.snapshots WHERE code_hash = %s"
# All streams again: what was dropped is taken anew.
CLEAR: Final = """
UPDATE work.snapshot_codes SET distrusted_at = NULL,
    swept_to = '00000000-0000-0000-0000-000000000000',
    cleared_at = clock_timestamp(), cleared_by = %s, cleared_reason = %s
WHERE code_hash = %s
"""
CODES: Final = """
SELECT c.code_hash, c.position, c.swept_to IS NULL AS swept, c.first_seen_at, c.last_seen_at,
    c.checked, c.wrong, c.unreadable, c.last_checked_at,
    c.distrusted_at, c.cleared_at, c.cleared_by, c.cleared_reason,
    count(s.stream_id) AS snapshots, coalesce(sum(pg_column_size(s.state)), 0)::bigint AS bytes,
    max(s.taken_at) AS newest_taken_at
FROM work.snapshot_codes AS c LEFT JOIN work.snapshots AS s ON s.code_hash = c.code_hash
GROUP BY c.code_hash ORDER BY c.last_seen_at DESC, c.code_hash LIMIT 100
"""
FAULTS: Final = """
SELECT fault_id, code_hash, stream_id, version, ledger_seq, kind, differs, taken_at, found_at
FROM work.snapshot_faults ORDER BY fault_id DESC LIMIT %s
"""
