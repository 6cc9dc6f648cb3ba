"""The verdict in words: of each state what a merchandiser is told, and what to do."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from bff.console.report_view import view
from bff.experiments.analysis.interval import Interval
from bff.experiments.analysis.metrics import metric
from bff.experiments.reporting import exports, figures
from bff.experiments.reporting.account import DAY, Account
from bff.experiments.reporting.quality import checks
from bff.experiments.reporting.text import text
from bff.experiments.reporting.words import Verdict, verdict
from bff.experiments.states import Change, written

from .accounts import NOW, SLOW, Counts, evidence, experiment, told

BETTER = {"control": (2_000, 624), "wide": (2_000, 800)}
EVEN = {"control": (2_000, 624), "wide": (2_000, 630)}


def commands(found: Verdict) -> list[str]:
    return [step.command for step in found.steps if step.command]


def said(counts: Counts, **own: Any) -> Verdict:
    return verdict(told(experiment(**own), evidence(counts)))


def test_what_is_better_is_shipped() -> None:
    found = said(BETTER)
    assert (found.tone, found.short) == ("good", "Ship wide")
    assert found.headline == "Ship “wide”: more visitors put something into the cart."
    assert found.because[0].startswith("Add to cart rises from 31.2% to 40.0% (between +")
    assert found.because[0].endswith(" points).")
    assert commands(found) == ["portico experiment ship gallery wide --dry-run", "portico experiment ship gallery wide"]


def test_a_better_backend_is_used() -> None:
    own = {"kind": "backend", "backends": {"wide": "medusa"}}
    assert commands(said(BETTER, **own)) == ["portico backend use medusa", "portico experiment stop gallery"]


def test_what_is_worse_is_not() -> None:
    found = said({"control": (2_000, 800), "wide": (2_000, 624)})
    assert (found.tone, found.short) == ("bad", "Keep control")
    assert found.headline == "Keep control: with “wide” fewer visitors put something into the cart."
    assert "falls from 40.0% to 31.2%" in found.because[0]
    assert commands(found) == ["portico experiment stop gallery"]


def test_too_few_is_said_with_how_many_there_are() -> None:
    found = said({"control": (620, 80), "wide": (620, 99)})
    assert found.headline == "Keep looking: 1,240 of 4,000 planned visitors; nothing can be said yet."
    assert "80 in “control”, 99 in “wide”" in found.because[0]
    assert found.because[1] == "At this pace the rest comes until 5 Nov 2024."


def test_too_few_say_how_many_more_it_takes() -> None:
    found = said({"control": (300, 80), "wide": (300, 200)})
    assert found.because[0] == (
        "A verdict takes 100 visitors in each variation who put something into the cart; so far there are "
        "80 in “control”, 200 in “wide”. At this rate that is about 150 visitors more."
    )
    nobody = said({"control": (300, 0), "wide": (300, 200)})
    assert nobody.because[0].endswith("0 in “control”, 200 in “wide”.")
    late = verdict(told(experiment(planned_visitors=600), evidence({"control": (300, 80), "wide": (301, 200)})))
    assert late.headline == "Keep looking: it takes more visitors than were planned."


def test_a_guardrail_with_too_few_visitors_is_not_kept() -> None:
    account = told(
        experiment(guardrails=SLOW), evidence({"control": (1, 1), "wide": (1, 1)}, {"control": 40.0, "wide": 40.0})
    )
    page = view(account).guards
    assert page is not None
    assert page.metrics[0].rows[0].state == "too few visitors to tell"
    assert "too few visitors to tell" in text(account)


def test_no_difference_yet_says_how_large_it_can_be() -> None:
    found = said({"control": (620, 190), "wide": (620, 200)}, coverage=0.1)
    assert found.headline == "Keep looking: 1,240 of 4,000 planned visitors; no difference is certain yet."
    assert "It may still go either way." in found.because[0]
    assert commands(found) == ["portico experiment ramp gallery 50%"]


def test_of_several_each_is_judged_more_strictly() -> None:
    one = experiment(variations={"control": 0.25, "wide": 0.25, "tall": 0.25, "deep": 0.25})
    found = evidence({"control": (1_000, 300), "wide": (1_000, 368), "tall": (1_000, 300), "deep": (1_000, 301)})
    account = told(one, found)
    assert "not certain yet, since several are compared." in verdict(account).because[0]
    assert "not certain: several are compared" in text(account)
    assert "It may still go either way." in verdict(account).because[1]


def test_all_planned_have_come_before_the_end() -> None:
    assert "planned to run until 30 Nov 2024" in said(EVEN).because[-1]


def test_no_difference_at_the_end() -> None:
    found = verdict(told(experiment(), evidence(EVEN), now=NOW + 60 * DAY))
    assert (found.tone, found.headline) == ("even", "No difference shown.")
    assert found.because[0] == "It ran as planned, with 4,000 visitors."
    assert commands(found) == ["portico experiment stop gallery", "portico experiment ship gallery wide"]


def test_a_test_stopped_too_early_has_no_verdict() -> None:
    found = said({"control": (620, 190), "wide": (620, 200)}, status="stopped")
    assert found.headline == "No verdict: it was stopped at 1,240 of 4,000 planned visitors."


def test_visitors_that_are_not_spread_as_planned() -> None:
    account = told(experiment(), evidence({"control": (2_000, 600), "wide": (1_500, 900)}))
    found = verdict(account)
    assert (found.tone, found.headline) == ("wrong", "Do not decide: visitors are not spread as planned.")
    assert "“wide” has 1,500 visitors (42.9% instead of 50.0%)" in found.because[0]
    assert not any("ship" in command for command in commands(found))
    assert checks(account)[0].came == "bad"


@pytest.mark.parametrize(
    ("own", "headline"),
    [
        ({"multiple": 90}, "Do not decide: too many visitors saw several variations."),
        ({"unseen": 50}, "Do not decide: orders are not observable."),
    ],
)
def test_what_else_makes_figures_worthless(own: dict[str, Any], headline: str) -> None:
    one = experiment(primary="purchase") if "unseen" in own else experiment()
    found = evidence(BETTER, **own)
    if "unseen" in own:
        sums = {"purchase": found.sums["add_to_cart"]}
        found = msgspec.structs.replace(found, metrics=(metric("purchase"),), sums=sums)
    account = told(one, found)
    assert verdict(account).headline == headline
    assert ("orders not observable" in text(account)) == ("unseen" in own)
    assert ("not to be believed" in text(account)) != ("unseen" in own)
    assert (b"not observable" in exports.as_csv(account)) == ("unseen" in own)
    shown = view(account).groups[0].metrics[0]
    assert [row.tone for row in shown.rows] == ([] if "unseen" in own else ["even"])
    assert bool(view(account).curves) == ("unseen" not in own)
    assert any(check.came == "bad" for check in checks(account))


def test_revenue_in_two_currencies_is_not_added_up() -> None:
    found = evidence(BETTER)
    both = [msgspec.structs.replace(metric("revenue_per_visitor"), currency=code) for code in ("EUR", "GBP")]
    sums = {each.key: found.sums["add_to_cart"] for each in both}
    account = told(experiment(primary="revenue"), msgspec.structs.replace(found, metrics=tuple(both), sums=sums))
    assert verdict(account).headline == "Do not decide: revenue comes in several currencies."
    assert "rates in portico.toml" in verdict(account).steps[0].text


def test_what_breaks_a_guardrail_is_stopped_though_it_sells_more() -> None:
    account = told(experiment(guardrails=SLOW), evidence(BETTER, {"control": 40.0, "wide": 80.0}))
    found = verdict(account)
    assert found.headline == "Stop “wide”: a guardrail is broken."
    assert "80.0 ms instead of 40.0 ms" in found.because[0]


def test_what_was_switched_off_does_not_win() -> None:
    one = experiment()
    state = msgspec.structs.replace(written(one), off={"wide": "3 errors within 60 s"})
    account = told(one, evidence(BETTER), state=state)
    assert verdict(account).headline == "Do not ship “wide”: it was switched off."
    assert any("3 errors within 60 s" in check.text for check in checks(account))


def test_what_was_shipped_is_over() -> None:
    one = experiment()
    state = msgspec.structs.replace(written(one), status="shipped", winner="wide")
    assert verdict(told(one, evidence(BETTER), state=state)).headline == "“wide” is the store’s own now."


@pytest.mark.parametrize(
    ("status", "measured", "headline"),
    [
        ("draft", True, "It has not started yet."),
        ("running", True, "Nobody has seen it yet."),
        ("running", False, "Nobody can be counted."),
        ("stopped", True, "It ended before anybody saw it."),
    ],
)
def test_nobody_has_come(status: str, measured: bool, headline: str) -> None:
    empty = {"control": (0, 0), "wide": (0, 0)}
    found = verdict(told(experiment(status=status), evidence(empty, first=None, last=None), measured=measured))
    assert found.headline == headline


def test_without_events_there_is_no_verdict() -> None:
    account = told(experiment(), None)
    assert verdict(account).tone == "wrong"
    assert "cannot be read" in text(account)


def test_what_is_missing_is_said() -> None:
    found = evidence(BETTER, losses={"queue": 7, "killed": 2}, early=3, multiple=5)
    came = {check.title: check for check in checks(told(experiment(), found))}
    assert "7 came faster than they could be written" in came["Nothing lost"].text
    assert came["Clocks"].came == "look"
    assert came["One variation each"].text.startswith("5 visitors (0.1%)")


def test_the_terminal_says_the_verdict_first_and_who_did_what() -> None:
    log = (Change(at=NOW, experiment="gallery", phase=1, what="started at 10%", who="ada"),)
    lines = text(told(experiment(), evidence(BETTER), changes=log)).splitlines()
    assert lines[0].startswith("Ship “wide”")
    assert lines[-1].strip() == "14 Oct 2024, 00:00 UTC  started at 10% (by ada)"
    assert any("wide" in line and "40.0%" in line and "+8.8 points" in line and "better" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "currency", "value", "change", "span"),
    [
        ("add_to_cart", None, "31.2%", "+31.2 points", "between −1.0 and +31.2 points"),
        ("revenue_per_visitor", "EUR", "€0.31", "+€0.31", "between −€0.01 and +€0.31"),
        ("render_ms", None, "0.3 ms", "+0.3 ms", "between +0.0 and +0.3 ms"),
        ("add_to_cart_per_visitor", None, "0.312", "+0.312", "between −0.010 and +0.312"),
    ],
)
def test_figures_are_written_as_people_write_them(
    name: str, currency: str | None, value: str, change: str, span: str
) -> None:
    of = msgspec.structs.replace(metric(name), currency=currency)
    assert figures.value(of, 0.312) == value
    assert figures.change(of, 0.312) == change
    assert figures.span(of, Interval(-0.01, 0.312, 0.5)) == span
    assert figures.span(of, Interval(float("-inf"), float("inf"), 1.0)) == "not known yet"


def test_a_phase_before_is_told_as_over() -> None:
    account = told(experiment(phase=2), evidence({"control": (620, 190), "wide": (620, 200)}))
    before = msgspec.structs.replace(account, known=msgspec.structs.replace(account.known, phase=1))
    assert isinstance(before, Account)
    assert (before.status, before.off) == ("stopped", {})
    assert verdict(before).steps == ()
