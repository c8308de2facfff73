"""The collector of cycles rests while batches are taken in, and never longer."""

import gc

import pytest

from projections.collecting import cycles_left_alone


def test_rests_until_the_last_block_ends() -> None:
    assert gc.isenabled()
    first, second = cycles_left_alone(), cycles_left_alone()
    first.__enter__()
    second.__enter__()
    assert not gc.isenabled()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_works_again_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), cycles_left_alone():
        _ = 1 // 0
    assert gc.isenabled()
