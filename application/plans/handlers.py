"""Publishing packs: load, decide, save."""

from application.errors import StaleVersion, StreamNotFound
from application.ledger import Ledger, Receipt
from application.plans.catalogue import program
from application.plans.commands import PublishPack, PublishShippedPack
from domain.plans.pack_line import PackLine, line_id_of
from domain.rules.pack import RulePack

SHIPPED_REASON = "As shipped with the release."


def publish_pack(command: PublishPack, ledger: Ledger) -> Receipt:
    """Put a version on sale. Publishing what is on sale already changes nothing.

    Refuses with ProgramUnknown, StaleVersion, and as the line does.
    """
    shipped = program(command.program).pack(command.phase)
    line_id = line_id_of(program=command.program, phase=command.phase)
    try:
        line = ledger.load(PackLine, line_id, expected_version=command.expected_version)
    except StreamNotFound:
        _insist_on_none(command)
        line = PackLine.first(
            program=command.program,
            phase=command.phase,
            pack=command.pack,
            sold=shipped,
            reason=command.reason,
            at=command.at,
        )
        return ledger.save(line)
    line.publish(command.pack, impact=command.impact, reason=command.reason, at=command.at)
    return ledger.save(line)


def _insist_on_none(command: PublishPack) -> None:
    if command.expected_version:
        raise StaleVersion(
            f"Nothing was published of {command.program} ({command.phase}); publish its first"
            " version without a version to build on.",
            expected=command.expected_version,
            actual=0,
        )


def publish_shipped_pack(command: PublishShippedPack, ledger: Ledger) -> Receipt:
    """Begin a line with the shipped pack. A line that has begun stays as it is."""
    shipped = program(command.program).pack(command.phase)
    line = published_line(command.program, command.phase, ledger)
    if line is None:
        line = PackLine.first(
            program=command.program,
            phase=command.phase,
            pack=shipped,
            sold=shipped,
            reason=SHIPPED_REASON,
            at=command.at,
        )
    return ledger.save(line)


def published_line(program_name: str, phase: str, ledger: Ledger) -> PackLine | None:
    """The line of a program's phase; None when nothing was published of it."""
    try:
        return ledger.load(PackLine, line_id_of(program=program_name, phase=phase))
    except StreamNotFound:
        return None


def pack_on_sale(program_name: str, phase: str, ledger: Ledger) -> RulePack:
    """What an account of this program and phase is opened under today: the newest published
    version, or the shipped pack when none was published. Refuses with ProgramUnknown.
    """
    shipped = program(program_name).pack(phase)
    line = published_line(program_name, phase, ledger)
    return line.newest.rules if line else shipped
