"""By which code an account became what it is: the hash that a snapshot is kept under.

It is taken over the compiled code of every module that folding an account may run: all that
`domain/accounts/evolve.py`, `settled.py`, `state.py` and the kernel import, at any remove; the
account itself, whose `when` calls them; and the few modules outside the domain that turn stored
bytes into events and accounts. Comments, blank lines and layout are not in compiled code, so they
change nothing; anything else does. So does another Python, or another release of the libraries
that take part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pkgutil import iter_modules
from sys import implementation
from types import CodeType
from typing import Any, Final

FOLDING: Final = (
    "domain.accounts.evolve",
    "domain.accounts.settled",
    "domain.accounts.state",
    "domain.kernel",
)
"""What these import of the domain takes part as well."""

READING: Final = (
    "domain.accounts.account",
    "infrastructure.event_store.codec",
    "infrastructure.event_store.reading",
    "infrastructure.event_store.rebuilding",
    "infrastructure.snapshots.form",
)
"""These take part alone: what they import is there already, or has no say in what is folded."""

LIBRARIES: Final = ("eventsourcing", "msgspec", "tzdata")
_DOMAIN: Final = "domain."


@cache
def code_hash() -> str:
    """The hash of the code that this process runs, in hex. Made once, in a few milliseconds."""
    return hash_of(modules_in_force(), releases={name: version(name) for name in LIBRARIES})


def modules_in_force() -> Mapping[str, CodeType]:
    """The modules that take part, by name, with their compiled code."""
    found: dict[str, CodeType] = {}
    waiting = list(FOLDING)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _compiled(name)
            waiting += _imported(found[name])
    return found | {name: _compiled(name) for name in READING}


def hash_of(modules: Mapping[str, CodeType], *, releases: Mapping[str, str]) -> str:
    """The hash of such modules, under this Python and these releases of libraries."""
    parts = {name: _parts(code) for name, code in modules.items()}
    told = repr((implementation.cache_tag, sorted(releases.items()), sorted(parts.items())))
    return sha256(told.encode()).hexdigest()


def _compiled(name: str) -> CodeType:
    spec = find_spec(name)
    loader: Any = spec and spec.loader
    code = loader and loader.get_code(name)
    assert isinstance(code, CodeType), f"{name} is a module with code"
    return code


def _imported(code: CodeType) -> Iterator[str]:
    """The modules of the domain that code names anywhere in it. Only an import names one whole,
    with its dots; of a package every module is taken.
    """
    for name in code.co_names:
        if name.startswith(_DOMAIN):
            yield name
            spec = find_spec(name)
            places = (spec and spec.submodule_search_locations) or ()
            yield from (f"{name}.{each.name}" for each in iter_modules(places))
    for held in code.co_consts:
        if isinstance(held, CodeType):
            yield from _imported(held)


def _parts(code: CodeType) -> tuple[object, ...]:
    """What code does, without where it stood: no file, no lines."""
    return (
        code.co_name,
        code.co_code.hex(),
        code.co_exceptiontable.hex(),
        tuple(map(_constant, code.co_consts)),
        *(code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars),
        *(code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags),
    )


def _constant(held: object) -> object:
    if isinstance(held, CodeType):
        return _parts(held)
    if isinstance(held, frozenset):
        # Its order is another one in every process.
        return ("frozenset", *sorted(map(repr, held)))
    return (type(held).__name__, repr(held))
