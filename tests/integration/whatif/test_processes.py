"""The processes that judge accounts, when one of them is ended from outside."""

import os
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import active_children
from signal import SIGKILL
from time import sleep
from uuid import UUID

import pytest

from application.whatif.questions import Question
from interfaces.whatif.judging import Processes, WhatIfInterrupted


def test_a_process_that_is_killed_interrupts_the_question() -> None:
    # It is killed before it asks anything of the database.
    judges = Processes(
        database_url="postgresql://nobody@/nothing?host=/nowhere",
        question=Question(),
        last_seq=0,
        processes=1,
    )
    before = set(active_children())
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: list(judges.answers([[UUID(int=1)]])))
        while not (begun := set(active_children()) - before):
            sleep(0.001)
        for each in begun:
            assert each.pid is not None
            os.kill(each.pid, SIGKILL)
        with pytest.raises(WhatIfInterrupted, match="ended from outside"):
            asked.result()
