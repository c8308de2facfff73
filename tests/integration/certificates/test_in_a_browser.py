"""The page of a certificate as a real browser shows it."""

from collections import Counter
from pathlib import Path

import pytest

from interfaces.pages.certificate_page import page_of
from tests.support.browser import BROWSER, opened, pixels_of, the_whole_web
from tests.support.certificates import CODEC, certificate_for, failed, revised

ADDRESS = "http://certificate.test/"
EQUITY, FLOOR, PAPER = (0x09, 0x69, 0xDA), (0xCF, 0x22, 0x2E), (0xFF, 0xFF, 0xFF)
DARK_EQUITY, DARK_PAPER = (0x44, 0x93, 0xF8), (0x0D, 0x11, 0x17)
PAGES = {
    "failed": page_of(certificate_for(failed()).document, CODEC),
    "revised": page_of(certificate_for(revised()).document, CODEC),
}

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium is installed; the page is not looked at"
)


@pytest.mark.parametrize("name", PAGES)
def test_loads_nothing_but_itself(name: str) -> None:
    with the_whole_web(PAGES[name]) as web:
        shown = opened(web, ADDRESS, "--dump-dom")
    assert [each for each in web.asked if "certificate.test" in each] == [ADDRESS]
    assert '<polyline class="equity"' in shown
    assert '<polyline class="floor"' in shown


def test_would_be_seen_loading_anything() -> None:
    unguarded = '<!doctype html><img src="http://certificate.test/elsewhere.png">'
    with the_whole_web(unguarded) as web:
        opened(web, ADDRESS, "--dump-dom")
    assert f"{ADDRESS}elsewhere.png" in web.asked


@pytest.mark.parametrize(
    ("flags", "colours"),
    [
        (("--window-size=900,800",), (EQUITY, FLOOR, PAPER)),
        (("--window-size=390,1100",), (EQUITY, FLOOR, PAPER)),
        (("--window-size=900,800", "--force-dark-mode"), (DARK_EQUITY, DARK_PAPER)),
    ],
    ids=["desktop", "phone", "dark"],
)
def test_paints_both_lines(
    tmp_path: Path, flags: tuple[str, ...], colours: tuple[tuple[int, int, int], ...]
) -> None:
    with the_whole_web(PAGES["failed"]) as web:
        opened(web, ADDRESS, f"--screenshot={tmp_path / 'page.png'}", *flags)
    painted = Counter(pixels_of(tmp_path / "page.png"))
    assert {each: painted[each] >= 20 for each in colours} == dict.fromkeys(colours, True)
    assert painted.most_common(1)[0][0] == colours[-1]
