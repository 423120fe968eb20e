import re

import pytest

from perturbsci.studies import StudyOutcome, run_study, write_report


@pytest.fixture
def page(variant, tmp_path):
    hostile = variant(
        title="<script>alert(1)</script>",
        source='"><img src="http://x.test/a.png">',
        caption="a < b & c",
    )
    outcomes = [
        run_study(hostile, output=tmp_path),
        StudyOutcome("koopman_gone", "failed", (), {}, 0.1, "ValueError: <b>x</b>"),
    ]
    return write_report(outcomes, tmp_path).read_text(encoding="utf-8")


def test_every_inserted_value_is_escaped(page):
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "ValueError: &lt;b&gt;x&lt;/b&gt;" in page
    assert "a &lt; b &amp; c" in page


def test_nothing_comes_from_outside(page):
    sources = re.findall(r'<[^>]*\b(?:src|href|action)="([^"]*)"', page)
    pictures = [source for source in sources if not source.startswith("#")]
    assert len(pictures) == 1
    assert pictures[0].startswith("data:image/png;base64,")
    assert not re.search(r'<[^>]*="http', page)


def test_verdict_and_claims_are_there(page):
    assert "1 of 1 claims hold in 2 studies; koopman_gone could not run" in page
    assert "the orbit of the Earth" in page
    assert "exact" in page


def test_the_index_leads_to_every_study(page):
    links = re.findall(r'href="#([^"]*)"', page)
    assert links == ["koopman_tiny", "koopman_gone"]
    assert all(page.count(f'id="{name}"') == 1 for name in links)
    assert "1 of 1" in page
    assert "0 of 0" in page
