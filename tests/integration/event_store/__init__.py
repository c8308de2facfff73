"""The log against real PostgreSQL.

The library's test cases import its cipher on `pycryptodome`, which nothing here needs. Its twin on
`cryptography`, with the same class, is installed anyway and stands in.
"""

import sys

import eventsourcing.cryptography

sys.modules.setdefault("eventsourcing.cipher", eventsourcing.cryptography)
