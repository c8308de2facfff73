"""What a process beside a rebuild is told."""

import json
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from application.archiving.ports import ArchiveOptions
from interfaces.rebuilding.beside import archive_of, told_of

options = st.builds(
    ArchiveOptions,
    bucket=st.none() | st.text(),
    prefix=st.text(),
    directory=st.none() | st.text("ab/. ", min_size=1).map(Path),
    retention=st.none() | st.builds(timedelta, days=st.integers(1, 36_500)),
    cache_bytes=st.integers(0, 2**40),
)


@given(archive=options)
def test_the_archive_is_told_in_one_line(archive: ArchiveOptions) -> None:
    line = json.dumps(told_of(archive))
    assert "\n" not in line
    assert archive_of(json.loads(line)) == archive
