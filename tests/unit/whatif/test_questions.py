"""What can be asked, and how it is written down and read again."""

from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from application.whatif.errors import QuestionRefused
from application.whatif.questions import Question, checked, question_document, question_of
from domain.accounts.counterfactuals.asking import Counterfactual
from domain.documents import Unreadable
from tests.support.builders import TUESDAY, moment, pack_of

PACK = pack_of(name="other", max_loss={"mode": "static", "amount": "1000.00"})
ACCOUNT = UUID(int=7)


class TestChecked:
    @pytest.mark.parametrize(
        ("question", "said"),
        [
            (Question(), "Nothing would be different"),
            (Question(pack=PACK, account=ACCOUNT, plan="Plain"), "not both"),
            (Question(asked=Counterfactual(without=frozenset({"t"}))), "belongs to one account"),
            (Question(pack=PACK, start=moment(TUESDAY), end=moment()), "ends before it begins"),
        ],
    )
    def test_refuses_what_cannot_be_meant(self, question: Question, said: str) -> None:
        with pytest.raises(QuestionRefused, match=said):
            checked(question)

    def test_lets_a_question_through_as_it_is(self) -> None:
        question = Question(pack=PACK, plan="Plain", start=moment(), end=moment(TUESDAY))
        assert checked(question) is question


@pytest.mark.parametrize(
    "question",
    [
        Question(pack=PACK),
        Question(pack=PACK, plan="Plain", start=moment(), end=moment(TUESDAY)),
        Question(
            asked=Counterfactual(
                size=Fraction(2, 3), stop_after_first_loss=True, without=frozenset({"b", "a"})
            ),
            account=ACCOUNT,
        ),
    ],
    ids=["pack", "window", "counterfactual"],
)
def test_a_question_is_read_as_it_was_written(question: Question) -> None:
    assert question_of(question_document(question)) == question


@pytest.mark.parametrize("change", [{"size": 1}, {"without": "t-1"}, {"colour": "red"}])
def test_a_document_that_is_no_question_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        question_of({**question_document(Question(pack=PACK)), **change})
