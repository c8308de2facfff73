"""What the version of a read model is made of."""

import ast
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from projections import trades as module
from projections.kernel import Projection
from projections.read_models import READ_MODELS, read_model
from projections.trades import Trades
from projections.versions import code_of, hash_of, version_of

CODE = '''
"""A module."""

def twice(number: int) -> int:
    """Double it."""
    return 2 * number
'''


def changed(old: str, new: str) -> str:
    assert old in CODE
    return CODE.replace(old, new)


def hashed(code: str) -> str:
    return hash_of(ast.parse(code))


class TestHash:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("Double it.", "Make it two."),
            ("    return", "    # Twice.\n\n    return"),
            ("2 * number", "(2*number)"),
            ('"""A module."""', ""),
        ],
        ids=["a docstring", "a comment", "layout", "no docstring"],
    )
    def test_does_not_mind(self, old: str, new: str) -> None:
        assert hashed(changed(old, new)) == hashed(CODE)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("2 *", "3 *"),
            ("2 *", "'2' *"),
            ("2 *", "2 +"),
            ("twice", "double"),
            ("int:", "int | None:"),
        ],
        ids=["a number", "its kind", "an operator", "a name", "an annotation"],
    )
    def test_changes_with(self, old: str, new: str) -> None:
        assert hashed(changed(old, new)) != hashed(CODE)

    def test_is_the_same_in_every_release_of_python(self) -> None:
        assert hashed(CODE)[:16] == "252b2cf897afaafb"


class TestCode:
    def test_follows_imports_to_what_makes_the_rows(self) -> None:
        code = code_of("projections.trades")
        assert {
            "projections.trades",
            "projections.correcting",
            "projections.folding",
            "projections.copying",
            "domain.accounts.evolve_executions",
            "domain.money",
        } <= code.keys()

    def test_leaves_out_what_decides_and_what_runs(self) -> None:
        """Else every release would ask for all read models to be built anew."""
        code = set().union(*(code_of(type(model).__module__) for model in READ_MODELS))
        assert not code & {
            "domain.accounts.account",
            "projections.daemon",
            "projections.rebuild",
            "projections.stepping",
            "projections.read_models",
        }
        assert {each.partition(".")[0] for each in code} == {"application", "domain", "projections"}

    @pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
    def test_names_modules_that_are_there(self, model: Projection) -> None:
        for name in code_of(type(model).__module__):
            assert Path(str(import_module(name).__file__)).is_file()


class TestVersion:
    def test_is_each_model_s_own(self) -> None:
        assert len({version_of(model) for model in READ_MODELS}) == len(READ_MODELS)

    def test_changes_with_the_tables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = version_of(read_model("trades"))
        wider = replace(Trades.ddl, tables=Trades.ddl.tables.replace("text", "varchar"))
        monkeypatch.setattr(module.Trades, "ddl", wider)
        assert version_of(read_model("trades")) != before
