"""Which code and which tables a read model's rows were made by, as one short hash.

The code is that of the model's module, of the folding that all models share, and of every module
of the project that these import, and so on: nothing else can change a row. Comments, docstrings
and layout do not count.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec, resolve_name
from typing import Final

from projections.kernel import Projection

PACKAGES: Final = ("projections", "domain", "application")
SHARED: Final = ("projections.accounts_cache", "projections.writing")
LENGTH: Final = 16


def version_of(model: Projection) -> str:
    """The version of a read model in this release."""
    code = code_of(type(model).__module__)
    whole = "\n".join([model.ddl.definition, *(f"{name} {code[name]}" for name in sorted(code))])
    return hashlib.sha256(whole.encode()).hexdigest()[:LENGTH]


def code_of(module: str) -> Mapping[str, str]:
    """The modules that the rows of a model in this module depend on, each with its hash."""
    found: dict[str, str] = {}
    waiting = [module, *SHARED]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name], imported = _parsed(name)
            waiting += imported
    return found


@cache
def _parsed(name: str) -> tuple[str, tuple[str, ...]]:
    """The hash of a module's code, and the modules of the project that it imports."""
    tree = ast.parse(_source(name))
    return hash_of(tree), tuple(sorted(set(_imported(name, tree))))


def hash_of(tree: ast.Module) -> str:
    """A hash of what a module does, whatever it looks like."""
    out: list[str] = []
    _write(tree, out)
    return hashlib.sha256("".join(out).encode()).hexdigest()


def _source(name: str) -> str:
    spec = getattr(sys.modules.get(name), "__spec__", None) or find_spec(name)
    assert spec is not None, f"{name} is a module"
    source: str | None = spec.loader.get_source(name)  # type: ignore[union-attr]
    assert source is not None, f"{name} comes with its source"
    return source


def _imported(name: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if _is_ours(each.name))
        elif isinstance(node, ast.ImportFrom):
            stem = resolve_name("." * node.level + (node.module or ""), name.rpartition(".")[0])
            if _is_ours(stem):
                yield stem
                inner = (f"{stem}.{each.name}" for each in node.names)
                yield from (each for each in inner if _is_module(each))


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in PACKAGES


@cache
def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _write(node: ast.AST, out: list[str]) -> None:
    """The tree as text: the same in every release of Python, which may add fields that are empty.

    Docstrings are left out, as is everything that a tree does not hold anyway.
    """
    out += (type(node).__name__, "(")
    for field in node._fields:
        value = getattr(node, field, None)
        if value is None or value == []:
            continue
        out += (field, "=")
        _write_value(_without_docstring(node, field, value), out)
        out.append(",")
    out.append(")")


def _write_value(value: object, out: list[str]) -> None:
    if isinstance(value, ast.AST):
        _write(value, out)
    elif isinstance(value, list):
        out.append("[")
        for each in value:
            _write_value(each, out)
        out.append("]")
    else:
        out.append(repr(value))


def _without_docstring(node: ast.AST, field: str, value: object) -> object:
    if field != "body" or not isinstance(value, list):
        return value
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = value[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if isinstance(node, documented) and is_docstring and isinstance(first.value.value, str):
        return value[1:]
    return value
