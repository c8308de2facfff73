"""The page of a certificate: why, by which rules, step by step, and how to check it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from application.certificates.ports import EventCodec
from domain.accounts.events import AccountEvent
from domain.documents import canonical_json
from domain.money import USD
from interfaces.pages.corrected_words import (
    corrected_finding,
    corrected_sentence,
    decisive_step,
    revision_title,
    why_revised,
)
from interfaces.pages.markup import Markup, joined, tag
from interfaces.pages.pack_words import rules_in_words, settings_of
from interfaces.pages.payout_part import payout_part
from interfaces.pages.picture import Point, picture, points_of
from interfaces.pages.rows import rows_of
from interfaces.pages.styles import STYLES
from interfaces.pages.verdict_words import title_of, why
from projections.sentences import dollars, sentence_of

_COLUMNS: Final = (
    "version", "time (UTC)", "what", "balance", "equity", "floor", "floor of the day", "distance",
)  # fmt: skip
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_OLD: Final = "Equity marked * was old: nothing was judged by it until the next mark."


def page_of(document: Mapping[str, Any], codec: EventCodec) -> str:
    """One HTML file out of a certificate that verifies, and out of nothing else."""
    return _Page(document, codec).html()


class _Page:
    def __init__(self, document: Mapping[str, Any], codec: EventCodec) -> None:
        self._document, self._codec = document, codec
        self._verdict: Mapping[str, Any] = document["verdict"]
        self._revised: Mapping[str, Any] | None = document.get("corrected")
        self._title = (
            revision_title(self._verdict["facts"])
            if self._revised
            else title_of(self._verdict["type"])
        )

    def html(self) -> str:
        account = self._document["account"]
        title = f"{self._title}: account {account['account_id']}"
        head = tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("title", title),
            tag("style", Markup(STYLES)),
        )
        parts = (
            *self._heading(),
            *payout_part(self._verdict["facts"]),
            *(self._corrected() if self._revised else ()),
            *self._recorded_picture(),
            *self._steps(),
            *self._rules(),
            *self._checking(),
        )
        whole = tag("html", head, tag("body", tag("main", *parts)), lang="en")
        return f"<!doctype html>\n{whole}\n"

    def _heading(self) -> Iterator[Markup]:
        account, verdict = self._document["account"], self._verdict
        standing = verdict["standing"]
        said = (
            why_revised(self._revised, verdict["facts"])
            if self._revised
            else why(verdict, self._event(verdict["version"]))
        )
        yield tag("h1", self._title)
        yield tag("p", said, class_="why")
        facts = (
            ("account", account["account_id"]),
            ("trader", account["trader_id"]),
            ("plan", f"{account['plan']} ({account['phase']})"),
            ("decided", f"{_moment(verdict['effective_at'])} UTC"),
            ("verdict", f"{verdict['id']}, version {verdict['version']}"),
            ("rests on versions", _versions(verdict["evidence"])),
            ("balance and equity", f"{_money(standing['balance'])}, {_equity(standing)}"),
            ("floor", _money(standing["floor"])),
        )
        yield _facts(facts)

    def _rules(self) -> Iterator[Markup]:
        pack = self._document["pack"]
        yield tag("h2", "The rules")
        sentences = [tag("li", each) for each in rules_in_words(pack["rules"])]
        yield tag("ul", *sentences)
        yield tag("h3", "Every setting of the pack")
        yield _facts(tuple(settings_of(pack["rules"])), kind="settings")
        yield tag("p", "Hash of the pack: ", tag("code", pack["hash"]))

    def _corrected(self) -> Iterator[Markup]:
        assert self._revised is not None, "asked for only when there was a correction"
        steps = self._revised["steps"]
        points = points_of(steps)
        decisive = decisive_step(self._revised)
        marked = None if decisive is None else points[decisive]
        yield from self._picture(
            "Equity against the floor, as it really was", points, marked, name="corrected"
        )
        yield tag(
            "p",
            "Every report stands where it belongs, and the account is judged from its opening. A"
            " failure is found here and not acted on, since what was traded after it was traded.",
        )
        yield from self._table(steps, self._corrected_row)

    def _recorded_picture(self) -> Iterator[Markup]:
        heading = "As it was recorded" if self._revised else "Equity against the floor"
        points = points_of(self._document["steps"])
        yield from self._picture(heading, points, points[-1], name="picture")

    def _picture(
        self, heading: str, points: Sequence[Point], decisive: Point | None, *, name: str
    ) -> Iterator[Markup]:
        yield tag("h2", heading)
        caption = f"Every one of {len(points):,} steps counts; where many share a column of the"
        caption += " picture, the first, the last, the lowest and the highest are drawn."
        drawn = picture(points, name=name, decisive=decisive)
        yield tag("figure", tag("div", drawn, class_="scrolls"), tag("figcaption", caption))

    def _steps(self) -> Iterator[Markup]:
        yield tag("h2", "Step by step")
        yield from self._table(self._document["steps"], self._row)

    def _table(
        self, steps: Sequence[Mapping[str, Any]], row: Callable[[Mapping[str, Any]], Markup]
    ) -> Iterator[Markup]:
        rows = rows_of(steps)
        shown = sum(1 for each in rows if each.step)
        said = f"{shown:,} of {len(steps):,} steps are shown."
        if shown < len(steps):
            said += " The others moved no floor and broke no rule, or there is no room for them;"
            said += " each gap says how many it leaves out, and the certificate holds them all."
        yield tag("p", said)
        head = tag("thead", tag("tr", *(tag("th", each, scope="col") for each in _COLUMNS)))
        body = tag("tbody", *(_gap(each.left_out) if not each.step else row(each.step)
                              for each in rows))  # fmt: skip
        yield tag("div", tag("table", head, body), class_="scrolls")
        if any(each.step and each.step["equity_is_old"] for each in rows):
            yield tag("p", _OLD)

    def _row(self, step: Mapping[str, Any]) -> Markup:
        balance = USD.of(step["balance"])
        what = [self._event(step["version"])] if not _is_finding(step) else []
        found = [self._event(each["version"]) for each in step["found"]]
        said = [tag("div", sentence_of(each, balance=balance)) for each in what]
        said += [tag("div", sentence_of(each, balance=balance), class_="found") for each in found]
        return _row(step, said)

    def _corrected_row(self, step: Mapping[str, Any]) -> Markup:
        event, balance = self._event(step["version"]), USD.of(step["balance"])
        said = [tag("div", corrected_sentence(event, balance=balance))]
        said += [tag("div", corrected_finding(each), class_="found") for each in step["found"]]
        return _row(step, said)

    def _checking(self) -> Iterator[Markup]:
        engine = self._document["engine"]
        yield tag("h2", "Check it yourself")
        yield tag(
            "p",
            "This page was drawn from a certificate, and a page can be forged. The certificate can"
            " be run again, without a network and without the firm:",
        )
        yield tag("pre", "dynasty certificate verify FILE")
        yield tag(
            "p",
            "It tells every report to a new account under the same rules, compares every event and"
            " every figure, and prints the same verdict or the first difference.",
        )
        yield tag("p", self._document["proofs"]["statement"])
        yield _facts(
            (
                ("digest of the certificate", self._document["digest"]),
                ("made by", f"{engine['name']} {engine['version']}"),
                ("events", f"{len(self._document['events']):,}"),
            )
        )

    def _event(self, version: int) -> AccountEvent:
        entry = self._document["events"][version - 1]
        found = self._codec.event_of(
            canonical_json(entry["payload"]),
            event_type=entry["type"],
            schema_version=entry["schema_version"],
            stream_id=UUID(self._document["account"]["account_id"]),
            stream_version=version,
            effective_at=datetime.fromisoformat(entry["effective_at"]),
            ledger_seq=entry["ledger_seq"],
        )
        return cast("AccountEvent", found)


def _row(step: Mapping[str, Any], said: Sequence[Markup]) -> Markup:
    """One row of a table: what happened, and what it came to."""
    cells = (
        _money(step["balance"]),
        _equity(step),
        _money(step["floor"]),
        _money(step["daily_floor"]),
        _nearest(step["distance"]),
    )
    return tag(
        "tr",
        tag("td", str(step["version"])),
        tag("td", _moment(step["at"]), class_="time"),
        tag("td", joined(*said)),
        *(tag("td", each, class_="amount") for each in cells),
    )


def _is_finding(step: Mapping[str, Any]) -> bool:
    """Whether time alone brought it about: then what was found says it all."""
    return any(each["version"] == step["version"] for each in step["found"])


def _facts(facts: Sequence[tuple[str, str]], *, kind: str | None = None) -> Markup:
    parts = [joined(tag("dt", name), tag("dd", value)) for name, value in facts]
    return tag("dl", *parts, class_=kind)


def _gap(count: int) -> Markup:
    said = f"{count:,} step{'s' if count > 1 else ''} left out"
    return tag("tr", tag("td", said, colspan=len(_COLUMNS), class_="gap"))


def _versions(evidence: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(str(each["version"]) for each in evidence) or "none"


def _money(amount: str | None) -> str:
    return "none" if amount is None else dollars(USD.of(amount).units)


def _equity(figures: Mapping[str, Any]) -> str:
    return f"{_money(figures['equity'])}{'*' if figures['equity_is_old'] else ''}"


def _nearest(distance: Mapping[str, str | None]) -> str:
    """To whichever floor is nearer."""
    known = [USD.of(each) for each in distance.values() if each is not None]
    return dollars(min(known).units) if known else "none"


def _moment(text: str) -> str:
    return text.replace("T", " ").removesuffix("Z").removesuffix(".000000")
