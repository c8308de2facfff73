"""What all read models have in common."""

import re

import pytest

from projections.errors import UnknownReadModel
from projections.kernel import Projection
from projections.read_models import READ_MODELS, read_model

each_model = pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)


@each_model
def test_a_model_is_found_by_its_name(model: Projection) -> None:
    assert read_model(model.name) is model


@each_model
def test_its_tables_are_named_without_a_schema(model: Projection) -> None:
    sql = f"{model.ddl.tables} {model.ddl.indexes}"
    made = re.findall(r"CREATE TABLE (\S+)", sql)
    indexed = re.findall(r"CREATE INDEX \S+ ON (\S+)", sql)
    assert tuple(made) == model.ddl.names
    assert set(indexed) <= set(made)


@each_model
def test_another_shape_is_another_definition(model: Projection) -> None:
    ddl = model.ddl
    other = type(ddl)(names=ddl.names, tables=ddl.tables + "--", indexes=ddl.indexes)
    assert other.definition != ddl.definition


def test_no_two_models_share_a_table() -> None:
    tables = [table for model in READ_MODELS for table in model.ddl.names]
    assert len(set(tables)) == len(tables)


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownReadModel, match="there are accounts, trades, trading_days"):
        read_model("acounts")
