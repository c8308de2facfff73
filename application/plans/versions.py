"""One version of a pack, or what is on sale."""

from application.errors import StreamNotFound
from application.ledger import Ledger
from application.plans.catalogue import program
from application.plans.handlers import pack_on_sale, published_line
from domain.rules.pack import RulePack


def version_of(program_name: str, phase: str, number: int | None, ledger: Ledger) -> RulePack:
    """The pack of a published version; what is on sale when no number is given.

    Refuses with ProgramUnknown, or StreamNotFound when there is no such version.
    """
    if number is None:
        return pack_on_sale(program_name, phase, ledger)
    program(program_name).pack(phase)
    line = published_line(program_name, phase, ledger)
    for each in line.versions if line else ():
        if each.number == number:
            return each.rules
    raise StreamNotFound(
        f"There is no version {number} of {program_name} ({phase}); `dynasty packs versions` lists"
        " what was published.",
        program=program_name,
        phase=phase,
        number=number,
    )
