"""Pages of what people decided: payouts with their table, revised outcomes with both histories."""

import pytest

from domain.accounts.events_corrections import Decision
from domain.kernel import Event
from interfaces.pages.certificate_page import page_of
from tests.support.builders import (
    approving,
    closing,
    earning,
    rejecting,
    requesting,
)
from tests.support.certificates import CODEC, certificate_for, revised, told
from tests.unit.pages.test_certificate_page import parsed, texts


def page(events: list[Event]) -> str:
    return page_of(certificate_for(events, f"v{events[-1].originator_version}").document, CODEC)


def funded(*commands: object) -> list[Event]:
    return told(
        earning("1000.00"), closing(), requesting(), *commands,  # type: ignore[arg-type]
        phase="funded", payout={"fraction_of_profit": "0.50"},
    )  # fmt: skip


def marks(text: str) -> int:
    """How many verdicts are marked in the pictures, the legends' own aside."""
    return sum(
        each.get("class") == "verdict" and each.get("cy") != "18" for each in parsed(text).iter()
    )


def test_a_rejection_shows_every_rule_that_was_looked_at() -> None:
    cells = texts(parsed(page(funded(rejecting()))), "td")
    assert cells[24:28] == ["largest amount", "$500.00", "at most $500.00", "yes"]
    assert cells[:4] == ["phase of the account", "funded", "funded", "yes"]


def test_an_approval_shows_what_was_looked_at_again() -> None:
    shown = page(funded(approving()))
    assert texts(parsed(shown), "h1") == ["A payout was approved"]
    assert "Every rule that was looked at" in texts(parsed(shown), "h2")


def test_a_breach_has_no_such_table() -> None:
    assert "Every rule that was looked at" not in page(revised())


@pytest.mark.parametrize(
    ("decision", "title", "said"),
    [
        ("applied", "A revised outcome was applied", "a person applied this, and the account is"),
        ("dismissed", "A revised outcome was dismissed", "what was pronounced stands"),
    ],
)
def test_a_revision_says_what_turned_out_and_who_settled_it(
    decision: Decision, title: str, said: str
) -> None:
    shown = parsed(page(revised(decision)))
    (why,) = (each for each in shown.iter("p") if each.get("class") == "why")
    assert texts(shown, "h1") == [title]
    sentence = str(why.text)
    assert sentence.startswith("The trade late of 2026-03-02 was reported after its day was closed")
    assert "max_loss was broken on 2026-03-02, $47,500.00 against a limit of $48,000.00" in sentence
    assert said in sentence


def test_both_histories_are_drawn_and_the_breach_is_marked_where_it_was() -> None:
    shown = page(revised())
    headings = texts(parsed(shown), "h2")
    assert headings[:2] == ["Equity against the floor, as it really was", "As it was recorded"]
    assert marks(shown) == 2
    identifiers = [each.get("id") for each in parsed(shown).iter() if each.get("id")]
    assert len(identifiers) == len(set(identifiers)) == 4


def test_corrected_steps_show_no_figure_of_before() -> None:
    table = next(parsed(page(revised())).iter("table"))
    corrected = ["".join(each.itertext()) for each in table.iter("tr")]
    assert any("The trade late, which was reported after" in each for each in corrected)
    assert any("The rule max_loss is broken." in each for each in corrected)
    assert not any("net result" in each for each in corrected)


def test_a_late_report_is_drawn_where_it_became_known() -> None:
    shown = parsed(page(revised()))
    lines = [
        str(each.get("points")).split()
        for each in shown.iter()
        if each.get("class") == "equity" and len(str(each.get("points")).split()) > 2
    ]
    for corners in lines:
        columns = [int(each.partition(",")[0]) for each in corners]
        assert columns == sorted(columns)
