"""An account from its opening to its end, on the embedded backend: what a shopper sees, and what nobody must see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.desk import CHEAP, PASSWORD, hidden, linked, opens, private, registered, signs_in, waiting, words
from tests.pages.till import Shopper
from tests.web.stage import Shop, opened, settings

OWN = ("account", "account/orders", "account/addresses", "account/addresses/new", "account/profile", "account/password")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    limits = {
        f"PORTICO_LIMITS__{name.upper()}": "9999/1s"
        for name in ("sign_in", "register", "forgot", "code", "lookup", "contact", "review")
    }
    with opened(settings(tmp_path_factory.mktemp("account"), {**CHEAP, **limits})) as found:
        yield found


@pytest.fixture
def ada(shop: Shop, request: pytest.FixtureRequest) -> Shopper:
    return registered(shop, f"{request.node.name[:40].replace('[', '-').strip(']')}@example.com")


@pytest.mark.parametrize("path", OWN)
def test_a_guest_signs_in_first_and_comes_back(shop: Shop, path: str) -> None:
    guest = Shopper(shop)
    away = guest.get(path)
    assert away.status == 303
    door = guest.get(str(away.header("location")))
    private(door)
    onward = hidden(door)["next"]
    assert onward == f"/en-gb/{path}"
    opens(Shopper(shop), f"back-{path.replace('/', '-')}@example.com")
    answer = signs_in(guest, f"back-{path.replace('/', '-')}@example.com", next=onward)
    assert (answer.status, answer.header("location")) == (303, f"/en-gb/{path}")


@pytest.mark.parametrize(
    "next",
    [
        "//evil.example/x",
        "https://evil.example",
        "/\\evil.example",
        "/en-gb/../../evil",
        "/en-gb/%2e%2e/x",
        "/en-gb//evil.example",
        "/en-gbx/account",
        "/de-de/account",
        "/en-gb/\u202eaccount",
        "javascript:alert(1)",
        "/en-gb/account/sign-out",
        "/en-gb/account/sign-in?next=/en-gb",
        "/en-gb/%5cevil",
        "/en-gb/_/saved",
        " /en-gb",
        "/en-gb/" + "x" * 2_000,
    ],
)
def test_no_way_back_leads_out_of_the_place(shop: Shop, next: str) -> None:
    opens(Shopper(shop), "way-back@example.com") if next.startswith("//evil") else None
    answer = signs_in(Shopper(shop), "way-back@example.com", next=next)
    assert answer.header("location") == "/en-gb/account"


def test_a_way_back_keeps_its_query(ada: Shopper) -> None:
    ada.jar.clear()
    away = ada.get("account/orders?after=x%2Fy")
    assert hidden(ada.get(str(away.header("location"))))["next"] == "/en-gb/account/orders?after=x%2Fy"


def test_a_wrong_password_and_an_unknown_account_look_alike(shop: Shop, ada: Shopper) -> None:
    answers = [
        signs_in(Shopper(shop), email, "wrong password")
        for email in ("test_a_wrong_password_and_an_unknown_acco@example.com", "nobody@example.com")
    ]
    for answer in answers:
        private(answer, 422)
        assert "wrong password" not in answer.text
    plain = [words(answer) for answer in answers]
    assert plain[0] == plain[1]
    assert "do not go together" in plain[0]
    assert 'value="nobody@example.com"' in answers[1].text


def test_who_is_in_is_not_asked_again(ada: Shopper) -> None:
    for path in ("account/sign-in", "account/register"):
        assert ada.get(path).header("location") == "/en-gb/account"


def test_signing_in_makes_a_new_session(shop: Shop, ada: Shopper) -> None:
    guest = Shopper(shop)
    guest.post("cart/lines", {"sku": "HMUG-IND-SMA"})
    before = dict(guest.jar)
    signs_in(guest, "test_signing_in_makes_a_new_session@example.com")
    assert set(before.values()).isdisjoint(guest.jar.values())
    old = Shopper(shop)
    old.jar = before
    assert old.get("account").status == 303


def test_signing_out_ends_the_session_everywhere(shop: Shop, ada: Shopper) -> None:
    stolen = Shopper(shop)
    stolen.jar = dict(ada.jar)
    assert stolen.get("account").status == 200
    answer = ada.post("account/sign-out")
    assert answer.status == 303
    assert '"cache"' in str(answer.header("clear-site-data"))
    assert ada.get("account").status == 303
    assert stolen.get("account").status == 303
    assert ada.get("account/sign-out").status in (404, 405)


def test_the_guests_bag_and_lists_come_along(shop: Shop) -> None:
    guest = Shopper(shop)
    guest.post("cart/lines", {"sku": "HMUG-IND-SMA", "mutation": "a-first-add-of-its-own"})
    guest.post("wishlists/save", {"sku": "QESP"})
    opens(guest, "comes-along@example.com")
    page = guest.get("account")
    assert "What was in your bag has come along." in page.text
    assert "1 piece in the bag" in words(page)
    assert "QESP" in guest.get("wishlists").text
    other = Shopper(shop)
    other.post("cart/lines", {"sku": "EMUG-MAD"})
    signs_in(other, "comes-along@example.com")
    bag = words(other.get("cart"))
    assert "Harbour mug" in bag
    assert "Enamel mug" in bag


def test_a_profile_is_changed_and_mistakes_are_told(ada: Shopper) -> None:
    wrong = ada.post("account/profile", {"first_name": "Grace", "phone": "no number"})
    private(wrong, 422)
    assert 'value="Grace"' in wrong.text
    assert 'aria-invalid="true"' in wrong.text
    assert ada.post("account/profile", {"first_name": "Grace", "phone": "01326 555", "marketing": "1"}).status == 303
    page = ada.get("account/profile")
    private(page)
    assert "Saved." in page.text
    assert 'value="Grace"' in page.text
    assert 'value="1" checked' in page.text
    assert "Saved." not in ada.get("account/profile").text


def test_another_password_ends_the_other_sessions(shop: Shop, ada: Shopper) -> None:
    email = "test_another_password_ends_the_other_ses@example.com"
    elsewhere = Shopper(shop)
    signs_in(elsewhere, email)
    wrong = ada.post("account/password", {"current": "nonsense", "password": "four grey stones"})
    private(wrong, 422)
    assert "not your present password" in wrong.text
    assert "nonsense" not in wrong.text
    assert "four grey" not in wrong.text
    assert ada.post("account/password", {"current": PASSWORD, "password": "four grey stones"}).status == 303
    assert ada.get("account").status == 200
    ended = elsewhere.get("account/profile")
    assert "again=1" in str(ended.header("location"))
    assert "Your session has ended" in elsewhere.get(str(ended.header("location"))).text
    assert signs_in(Shopper(shop), email).status == 422
    assert signs_in(Shopper(shop), email, "four grey stones").status == 303


def test_the_account_is_deleted_only_on_purpose(shop: Shop, ada: Shopper) -> None:
    proofs: tuple[dict[str, str], ...] = (
        {},
        {"sure": "1"},
        {"current": PASSWORD},
        {"by": "none", "sure": "1"},
        {"by": "code", "code": "000000"},
    )
    for fields in proofs:
        private(ada.post("account/delete", fields), 422)
    wrong = ada.post("account/delete", {"sure": "1", "current": "not my password"})
    private(wrong, 422)
    assert "not your present password" in wrong.text
    assert "not my password" not in wrong.text
    assert ada.get("account").status == 200
    answer = ada.post("account/delete", {"sure": "1", "current": PASSWORD})
    assert answer.status == 303
    assert "Your account is deleted" in ada.get(str(answer.header("location"))).text
    assert ada.get("account").status == 303
    assert signs_in(Shopper(shop), "test_the_account_is_deleted_only_on_purp@example.com").status == 422


def test_who_has_no_password_deletes_the_account_by_a_mailed_code(tmp_path: Path) -> None:
    with opened(settings(tmp_path, CHEAP)) as shop:
        ada = registered(shop, "ada@example.com")
        door = ada.get("account/delete")
        assert "account/delete?by=mail" in door.text
        ask = ada.get("account/delete?by=mail")
        private(ask)
        assert 'type="password"' not in ask.text
        private(ada.post("account/delete", hidden(ask)), 422)
        sent = ada.post("account/delete", {**hidden(ask), "sure": "1"})
        private(sent)
        assert ada.get("account").status == 200
        code = re.search(r"\b(\d{6})\b", waiting(shop, tmp_path, "code"))
        assert code
        wrong = ada.post("account/delete", {**hidden(sent), "code": str((int(code[1]) + 1) % 1_000_000).zfill(6)})
        private(wrong, 422)
        assert ada.get("account").status == 200
        stranger = registered(shop, "eve@example.com")
        private(stranger.post("account/delete", {"by": "code", "code": code[1]}), 422)
        assert ada.post("account/delete", {**hidden(wrong), "code": code[1]}).status == 303
        assert ada.get("account").status == 303
        assert signs_in(Shopper(shop), "ada@example.com").status == 422
        assert signs_in(Shopper(shop), "eve@example.com").status == 303


@pytest.mark.parametrize("ended", ["signed out", "elsewhere", "anew"])
def test_what_was_typed_is_there_again_after_signing_in(shop: Shop, ended: str) -> None:
    """Two tabs; the session ends in the other one, or at the backend, or is another one by now."""
    email = f"typed-{ended.replace(' ', '-')}@example.com"
    ada = registered(shop, email)
    form, address = hidden(ada.get("account/profile")), hidden(ada.get("account/addresses/new"))
    if ended == "elsewhere":
        other = Shopper(shop)
        signs_in(other, email)
        other.post("account/password", {"current": PASSWORD, "password": PASSWORD + " more"})
    else:
        ada.post("account/sign-out")
    if ended == "anew":
        signs_in(ada, email)
    password = PASSWORD + " more" if ended == "elsewhere" else PASSWORD
    for path, given, fields in (
        (
            "account/profile",
            form,
            {"first_name": "Grace <b>", "phone": "01326 555", "marketing": "1", "password": "hush"},
        ),
        ("account/addresses/new", address, {**ADDRESS, "shipping.city": "Kirkwall"}),
    ):
        answer = ada.post(path, {**given, **fields})
        assert answer.status == 303
        if ended != "anew" and path == "account/profile":
            door = ada.get(str(answer.header("location")))
            assert "Grace" not in door.text
            answer = signs_in(ada, email, password, next=hidden(door)["next"])
        elif ended != "anew":
            assert "kept=" in str(answer.header("location"))
        again = ada.get(str(answer.header("location")))
        private(again)
        assert "What you typed is still here" in again.text
        assert "hush" not in again.text
        assert ("Grace &lt;b&gt;" if path == "account/profile" else "Kirkwall") in again.text
        assert "Grace" not in ada.get("account").text, "nobody but the customer saves it"
    stranger = registered(shop, f"stranger-{ended.replace(' ', '-')}@example.com")
    assert (
        "Kirkwall"
        not in stranger.get("account/profile?kept=" + str(answer.header("location")).partition("kept=")[2]).text
    )


def test_a_password_is_never_kept_for_later(shop: Shop, ada: Shopper) -> None:
    form = hidden(ada.get("account/password"))
    ada.jar.clear()
    answer = ada.post("account/password", {**form, "current": PASSWORD, "password": "a brand new one"})
    assert answer.status in (303, 401)
    assert "kept" not in str(answer.header("location"))


ADDRESS = {
    "shipping.country": "GB",
    "shipping.first_name": "Ada",
    "shipping.last_name": "O'Neil <b>",
    "shipping.line1": "12 Grey Lane",
    "shipping.city": "Falmouth",
    "shipping.postcode": "TR11 3QY",
}


def test_addresses_are_kept_changed_preferred_and_removed(ada: Shopper) -> None:
    assert "No address saved yet" in ada.get("account/addresses").text
    wrong = ada.post("account/addresses/new", {**ADDRESS, "shipping.postcode": "nowhere"})
    private(wrong, 422)
    assert "O&#39;Neil &lt;b&gt;" in wrong.text
    assert ada.post("account/addresses/new", ADDRESS).status == 303
    refit = ada.post("account/addresses/new", {**ADDRESS, "shipping.country": "US", "change": "shipping"})
    private(refit)
    assert "aria-invalid" not in refit.text
    assert 'value="12 Grey Lane"' in refit.text
    german = {
        **ADDRESS,
        "shipping.country": "DE",
        "shipping.city": "Berlin",
        "shipping.postcode": "10115",
        "default": "1",
    }
    ada.post("account/addresses/new", german)
    page = ada.get("account/addresses")
    assert page.text.index("Berlin") < page.text.index("Falmouth")
    second = page.text.split('action="/en-gb/account/addresses/')[1].split("/default")[0]
    ada.post(f"account/addresses/{second}/default")
    page = ada.get("account/addresses")
    assert page.text.index("Falmouth") < page.text.index("Berlin")
    private(ada.get(f"account/addresses/{second}/remove"))
    assert ada.post(f"account/addresses/{second}/remove").status == 303
    assert "Falmouth" not in ada.get("account/addresses").text


def test_anothers_address_is_nobodys(shop: Shop, ada: Shopper) -> None:
    ada.post("account/addresses/new", ADDRESS)
    id = ada.get("account/addresses").text.split('href="/en-gb/account/addresses/')[1].split('"')[0]
    bob = registered(shop, "bob-the-neighbour@example.com")
    for path in (f"account/addresses/{id}", f"account/addresses/{id}/remove"):
        assert bob.get(path).status == 404
    for path in (f"account/addresses/{id}", f"account/addresses/{id}/remove", f"account/addresses/{id}/default"):
        assert bob.post(path, ADDRESS).status == 404
    assert ada.get(f"account/addresses/{id}").status == 200


def test_a_form_of_another_customer_does_nothing(shop: Shop, ada: Shopper) -> None:
    """An old tab, after somebody else signed in at the same browser."""
    form = hidden(ada.get("account/profile"))
    bob = registered(shop, "bob-in-the-same-browser@example.com")
    bob.post("account/profile", {"mutation": form["mutation"], "first_name": "Mallory"})
    assert "Mallory" not in bob.get("account/profile").text


def test_registering_confirming_and_a_new_password_by_mail(tmp_path: Path) -> None:
    environ = {**CHEAP, "PORTICO_BACKENDS__DEFAULT__SETTINGS__CONFIRM_ACCOUNTS": "true"}
    with opened(settings(tmp_path, environ)) as shop:
        ada = Shopper(shop)
        answers = [opens(ada, "ada@example.com")]
        sent = ada.get(str(answers[0].header("location")))
        private(sent)
        assert "Check your e-mail" in sent.text
        link = linked(waiting(shop, tmp_path, "account/confirm"), "account/confirm")
        page = ada.get(link)
        private(page)
        assert ada.get("account").status == 303, "looking at the link opened the account"
        assert ada.post("account/confirm", hidden(page)).header("location") == "/en-gb/account"
        assert "Your account is open" in ada.get("account").text
        again = Shopper(shop)
        lapsed = again.post("account/confirm", hidden(again.get(link)))
        private(lapsed, 422)
        assert "/en-gb/account/register" in lapsed.text
        answers.append(opens(Shopper(shop), "ada@example.com"))
        assert answers[0].header("location") == answers[1].header("location")
        told = [
            Shopper(shop).post("account/forgot", {"email": email}) for email in ("ada@example.com", "no@example.com")
        ]
        assert told[0].header("location") == told[1].header("location") == "/en-gb/account/forgot?sent=1"
        link = linked(waiting(shop, tmp_path, "account/reset"), "account/reset")
        short = again.post("account/reset", {**hidden(again.get(link)), "password": "short"})
        private(short, 422)
        assert again.post("account/reset", {**hidden(short), "password": "four grey stones"}).status == 303
        assert again.get("account").status == 200
        assert ada.get("account").status == 303, "the session from before the new password goes on"
        lapsed = again.post("account/reset", {**hidden(short), "password": "five grey stones", "mutation": ""})
        private(lapsed, 422)
        assert "/en-gb/account/forgot" in lapsed.text


NASTY = (
    "",
    "x" * 20_000,
    "\x00\x1b[2J",
    "<script>alert(1)</script>",
    "'; DROP TABLE customer;--",
    "محمد",
    "%00",
    "\ud7ff\uffff",
    "١٢٣",
)
FORMS = {
    "account/sign-in": ("method", "email", "password", "next", "code.email"),
    "account/sign-in/code": ("method", "code", "w.email", "next"),
    "account/register": ("email", "password", "first_name", "last_name", "marketing", "next"),
    "account/confirm": ("token",),
    "account/forgot": ("email",),
    "account/reset": ("token", "password"),
    "account/profile": ("first_name", "last_name", "phone", "marketing"),
    "account/password": ("current", "password"),
    "account/addresses/new": tuple(ADDRESS),
    "account/orders/find": ("number", "email"),
    "account/orders/claim": ("number", "email"),
    "account/orders/x/reorder": ("x",),
    "account/orders/x/cancel": ("x",),
    "account/orders/x/return": ("l.1", "reason"),
    "wishlists": ("name",),
    "wishlists/save": ("sku", "kept", "next", "list"),
    "wishlists/x/items": ("take", "put", "bag", "to"),
    "wishlists/x": ("name", "public"),
    "contact": ("name", "email", "subject", "text"),
    "newsletter": ("email",),
    "newsletter/confirm": ("token",),
    "newsletter/leave": ("token",),
    "notices": ("sku", "email"),
    "notices/leave": ("token",),
    "review/harbour-mug": ("rating", "title", "body", "author"),
}


@pytest.mark.parametrize("path", FORMS)
def test_whatever_is_typed_is_never_a_failure(shop: Shop, path: str) -> None:
    found = registered(shop, f"typed-{path.replace('/', '-')}@example.com")
    for text in NASTY:
        answer = found.post(path, [(name, text) for name in FORMS[path]] * 2)
        assert answer.status in (200, 303, 404, 422, 409), (text[:20], answer.status)
        assert "<script>alert" not in answer.text
        if answer.header("location"):
            assert str(answer.header("location")).startswith("/en-gb")


def test_every_form_has_the_label_and_the_message_of_its_language(shop: Shop) -> None:
    for place, told in (("de-de", "E-Mail und Passwort passen nicht zusammen"), ("ar-ae", "غير متطابقين")):
        answer = signs_in(Shopper(shop, place), "nobody@example.com", "wrong password")
        assert told in answer.text
        assert answer.status == 422


def test_confirming_elsewhere_asks_for_a_password(tmp_path: Path) -> None:
    """The mail is read on the telephone, or by somebody who never registered."""
    environ = {**CHEAP, "PORTICO_BACKENDS__DEFAULT__SETTINGS__CONFIRM_ACCOUNTS": "true"}
    with opened(settings(tmp_path, environ)) as shop:
        stranger, owner = Shopper(shop), Shopper(shop)
        opens(stranger, "ada@example.com")
        page = owner.get(linked(waiting(shop, tmp_path, "account/confirm"), "account/confirm"))
        asked = owner.post("account/confirm", hidden(page))
        private(asked)
        assert "Choose your password" in asked.text
        assert owner.get("account").status == 303
        assert owner.post("account/reset", {**hidden(asked), "password": "four grey stones"}).status == 303
        assert owner.get("account").status == 200
        assert signs_in(stranger, "ada@example.com").status == 422
        assert signs_in(Shopper(shop), "ada@example.com", "four grey stones").status == 303


def test_too_many_tries_are_told_in_the_form(tmp_path: Path) -> None:
    with opened(settings(tmp_path, {**CHEAP, "PORTICO_LIMITS__SIGN_IN": "2/1h"})) as shop:
        answers = [signs_in(Shopper(shop), "nobody@example.com", f"wrong {n}") for n in range(4)]
        assert [answer.status for answer in answers] == [422, 422, 429, 429]
        assert "tried too often" in answers[2].text
        assert 'value="nobody@example.com"' in answers[2].text


def test_a_mails_link_may_name_the_address_beside_its_token(tmp_path: Path) -> None:
    """Some backends want both back, and write both into their own mails."""
    environ = {**CHEAP, "PORTICO_BACKENDS__DEFAULT__SETTINGS__CONFIRM_ACCOUNTS": "true"}
    with opened(settings(tmp_path, environ)) as shop:
        for path in ("account/reset", "account/confirm"):
            page = Shopper(shop).get(f"{path}?email=ada%40example.com&token=abc")
            private(page)
            assert hidden(page)["token"] == "ada@example.com:abc"
            assert hidden(Shopper(shop).get(f"{path}?token=abc"))["token"] == "abc"
