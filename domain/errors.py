"""What every refusal has in common."""

from typing import ClassVar


class DomainError(Exception):
    """A refusal: a fact that forbids what was asked.

    `code` is permanent and kebab-case; `facts` are the values a caller needs to act on it.
    """

    code: ClassVar[str]

    def __init__(self, sentence: str, /, **facts: object) -> None:
        super().__init__(sentence)
        self.facts = facts

    @property
    def sentence(self) -> str:
        """What happened and what to do about it, for a person."""
        return str(self.args[0])
