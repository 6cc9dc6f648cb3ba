"""Scenarios of customers: signing in, the account, its addresses."""

from __future__ import annotations

import msgspec
import pytest

from bff.ports import (
    BackendError,
    Cart,
    CodeSent,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Redirect,
    SignedIn,
    SignInRefused,
)

from .people import customer, enter, registration, signed
from .sample import Sample
from .scenarios import MADE_UP, NOWHERE, Scenarios, quantity
from .shop import PASSWORD, Shop


class TestSignIn(Scenarios):
    PORT = "sign_in"

    async def test_there_is_a_way_in(self, shop: Shop) -> None:
        """`methods` names the ways in; a password's form asks for an address and a password."""
        methods = await shop.sign_in.methods(shop.visitor())
        assert methods
        assert len({method.id for method in methods}) == len(methods)
        for method in methods:
            assert method.kind != "password" or {"email", "password"} <= set(method.fields)

    async def test_a_customer_signs_in(self, shop: Shop) -> None:
        """With the right password the answer is `SignedIn`: the customer, and a token that the next call is known by."""
        port = shop.sign_in
        person = await customer(shop)
        ctx = shop.visitor()
        answer = await enter(shop, ctx, person.email, person.password)
        assert isinstance(answer, SignedIn), answer
        assert (answer.customer.id, answer.customer.email.lower()) == (person.customer.id, person.email.lower())
        assert answer.token
        assert answer.token not in repr(answer)
        if shop.has("accounts"):
            assert (await shop.accounts.me(shop.again(signed(ctx, answer)))).id == person.customer.id
        assert port is not None

    async def test_wrong_password_and_unknown_account_are_the_same(self, shop: Shop) -> None:
        """A wrong password and an unknown address are refused with the same reason, as values."""
        port = shop.sign_in
        person = await customer(shop)
        wrong = await enter(shop, shop.visitor(), person.email, "a-wrong-Passw0rd")
        unknown = await enter(shop, shop.visitor(), shop.email(), "a-wrong-Passw0rd")
        assert isinstance(wrong, SignInRefused), wrong
        assert wrong == unknown
        assert port is not None

    async def test_signing_out_revokes_the_token(self, shop: Shop) -> None:
        """After `sign_out` the token is worth nothing, even for who has kept it; signing out again is no fault."""
        port = shop.sign_in
        person = await customer(shop)
        kept = msgspec.structs.replace(
            shop.visitor(), shopper=msgspec.structs.replace(shop.visitor().shopper, token=person.ctx.shopper.token)
        )
        await port.sign_out(shop.again(person.ctx))
        if not shop.has("accounts"):
            pytest.skip("offers no accounts to look with")
        with pytest.raises(NotSignedIn):
            await shop.accounts.me(shop.again(kept))
        await port.sign_out(shop.again(person.ctx))

    async def test_signing_out_without_a_token_is_no_fault(self, shop: Shop) -> None:
        """Somebody who is not signed in may sign out."""
        await shop.sign_in.sign_out(shop.visitor())

    async def test_a_token_of_nobodys_is_not_signed_in(self, shop: Shop) -> None:
        """A token that was made up is `NotSignedIn`, and nothing else."""
        if not shop.has("accounts"):
            pytest.skip("offers no accounts to look with")
        for token in MADE_UP:
            ctx = shop.visitor()
            made_up = msgspec.structs.replace(ctx, shopper=msgspec.structs.replace(ctx.shopper, token=token))
            with pytest.raises(NotSignedIn):
                await shop.accounts.me(made_up)

    async def test_nonsense_is_refused(self, shop: Shop) -> None:
        """An unknown method or empty fields are refused, invalid or not found, never a fault."""
        port = shop.sign_in
        known = (await port.methods(shop.visitor()))[0].id
        for method, data in ((NOWHERE, {"email": "a@example.com"}), (known, {})):
            try:
                answer = await port.begin(shop.visitor(), method=method, data=data, guest_cart=None)
            except (InvalidInput, NotFound, NotAllowed):
                continue
            assert isinstance(answer, SignInRefused | CodeSent | Redirect), answer

    async def test_the_guests_cart_comes_along(self, shop: Shop, sample: Sample) -> None:
        """What a guest had in the cart is in it after signing in, by `begin` itself or by `adopt`."""
        port = shop.sign_in
        person = await customer(shop)
        ctx, cart = await shop.cart(sample.line)
        answer = await enter(shop, ctx, person.email, person.password, cart.ref)
        assert isinstance(answer, SignedIn), answer
        if answer.cart is None:
            result = await shop.carts.adopt(shop.again(signed(ctx, answer)), cart=cart.ref)
            assert isinstance(result.cart, Cart), result
            answer = msgspec.structs.replace(answer, cart=result.cart)
        assert answer.cart is not None
        assert quantity(answer.cart, sample.line.id) >= 1
        assert port is not None


class TestAccounts(Scenarios):
    PORT = "accounts"

    async def test_what_is_not_offered_is_not_allowed(self, shop: Shop) -> None:
        """Actions that `offered` does not name raise `NotAllowed`."""
        accounts, ctx = shop.accounts, shop.visitor
        calls = {
            "register": lambda: accounts.register(ctx(), registration=registration(shop.email()), guest_cart=None),
            "confirm": lambda: accounts.confirm(ctx(), token=NOWHERE),
            "forgot": lambda: accounts.forgot(ctx(), email=shop.email()),
            "reset": lambda: accounts.reset(ctx(), token=NOWHERE, password=PASSWORD),
            "update": lambda: accounts.update(ctx(), changes={"first_name": "Ada"}),
            "change_password": lambda: accounts.change_password(ctx(), current=PASSWORD, new=PASSWORD),
            "delete": lambda: accounts.delete(ctx()),
        }
        for action in calls.keys() - set(accounts.traits.offered):
            with pytest.raises(NotAllowed):
                await calls[action]()  # type: ignore[no-untyped-call]

    async def test_nobody_is_not_signed_in(self, shop: Shop) -> None:
        """`me` and what changes the account raise `NotSignedIn` for a guest."""
        accounts = shop.accounts
        with pytest.raises(NotSignedIn):
            await accounts.me(shop.visitor())
        if "update" in accounts.traits.offered:
            with pytest.raises(NotSignedIn):
                await accounts.update(shop.visitor(), changes={"first_name": "Ada"})

    async def test_an_account_is_opened(self, shop: Shop) -> None:
        """Who registers is a customer with that address and name."""
        accounts = shop.accounts
        if "register" not in accounts.traits.offered:
            pytest.skip("no account can be opened here")
        person = await customer(shop)
        found = await accounts.me(shop.again(person.ctx))
        assert (found.id, found.email.lower()) == (person.customer.id, person.email.lower())
        assert found.first_name == "Ada"

    async def test_a_weak_registration_is_refused(self, shop: Shop) -> None:
        """An address that is none and an empty password raise `InvalidInput` with the field's name."""
        accounts = shop.accounts
        if "register" not in accounts.traits.offered:
            pytest.skip("no account can be opened here")
        good = registration(shop.email())
        for wrong in (
            msgspec.structs.replace(good, email="not an address"),
            msgspec.structs.replace(good, password=""),
        ):
            with pytest.raises(InvalidInput) as raised:
                await accounts.register(shop.visitor(), registration=wrong, guest_cart=None)
            assert raised.value.fields

    async def test_a_name_is_changed(self, shop: Shop) -> None:
        """`update` changes what is named and leaves the rest; `me` shows it."""
        accounts = shop.accounts
        if "update" not in accounts.traits.offered:
            pytest.skip("nothing of an account can be changed here")
        person = await customer(shop)
        await accounts.update(shop.again(person.ctx), changes={"first_name": "Grace"})
        found = await accounts.me(shop.again(person.ctx))
        assert (found.first_name, found.last_name) == ("Grace", person.customer.last_name)

    async def test_a_password_is_changed(self, shop: Shop) -> None:
        """With the present password another one is set, which is the one that counts; a wrong one is refused."""
        accounts = shop.accounts
        if "change_password" not in accounts.traits.offered:
            pytest.skip("no password can be changed here")
        person = await customer(shop)
        new = f"{person.password}-2"
        refused = await accounts.change_password(shop.again(person.ctx), current="a-wrong-Passw0rd", new=new)
        assert isinstance(refused, SignInRefused), refused
        changed = await accounts.change_password(shop.again(person.ctx), current=person.password, new=new)
        assert isinstance(changed, SignedIn), changed
        assert isinstance(await enter(shop, shop.visitor(), person.email, new), SignedIn)
        assert isinstance(await enter(shop, shop.visitor(), person.email, person.password), SignInRefused)

    async def test_forgetting_tells_nothing(self, shop: Shop) -> None:
        """`forgot` answers the same for a known and an unknown address."""
        accounts = shop.accounts
        if "forgot" not in accounts.traits.offered:
            pytest.skip("no forgotten password is replaced here")
        person = await customer(shop)
        for email in (person.email, shop.email()):
            assert await accounts.forgot(shop.visitor(), email=email) is None  # type: ignore[func-returns-value]

    async def test_a_forgotten_password_is_replaced(self, shop: Shop) -> None:
        """The token that was sent sets a new password, once."""
        accounts = shop.accounts
        if not {"forgot", "reset"} <= set(accounts.traits.offered):
            pytest.skip("no forgotten password is replaced here")
        if not shop.reads_mail:
            pytest.skip("the token comes by mail; Subject.mailed would read it")
        person = await customer(shop)
        await accounts.forgot(shop.visitor(), email=person.email)
        token = await shop.mailed(person.email)
        new = f"{person.password}-3"
        answer = await accounts.reset(shop.visitor(), token=token, password=new)
        assert isinstance(answer, SignedIn), answer
        assert isinstance(await enter(shop, shop.visitor(), person.email, new), SignedIn)
        assert isinstance(await accounts.reset(shop.visitor(), token=token, password=new), SignInRefused)

    async def test_a_made_up_token_opens_nothing(self, shop: Shop) -> None:
        """`confirm` and `reset` with a token that nobody sent are refused as values."""
        accounts = shop.accounts
        for token in (NOWHERE, "", "x" * 2_000):
            if "confirm" in accounts.traits.offered:
                assert isinstance(await accounts.confirm(shop.visitor(), token=token), SignInRefused)
            if "reset" in accounts.traits.offered:
                answer = await accounts.reset(shop.visitor(), token=token, password=PASSWORD)
                assert isinstance(answer, SignInRefused)

    async def test_an_account_is_deleted(self, shop: Shop) -> None:
        """A deleted account's token is worth nothing, and its password opens nothing."""
        accounts = shop.accounts
        if "delete" not in accounts.traits.offered:
            pytest.skip("no account is deleted here")
        person = await customer(shop)
        await accounts.delete(shop.again(person.ctx))
        with pytest.raises(NotSignedIn):
            await accounts.me(shop.again(person.ctx))
        assert isinstance(await enter(shop, shop.visitor(), person.email, person.password), SignInRefused)


class TestAddressBook(Scenarios):
    PORT = "address_book"

    async def test_an_address_is_kept(self, shop: Shop) -> None:
        """`save` keeps an address and gives it an id; `list` shows it as it was given, the default one first."""
        book = shop.address_book
        person = await customer(shop)
        wanted = shop.subject.address(shop.markets[0].country)
        other = msgspec.structs.replace(wanted, city="Bristol")
        first = await book.save(shop.again(person.ctx), address=wanted)
        second = await book.save(shop.again(person.ctx), address=other, default=True)
        assert first.id
        assert second.id not in (None, first.id)
        listed = await book.list(shop.again(person.ctx))
        assert [address.id for address in listed] == [second.id, first.id]
        shown = listed[1]
        assert (shown.line1, shown.city, shown.postcode, shown.country) == (
            wanted.line1,
            wanted.city,
            wanted.postcode,
            wanted.country,
        )

    async def test_an_address_is_changed_and_removed(self, shop: Shop) -> None:
        """`save` with an id changes that address and makes no second; `remove` takes it away."""
        book = shop.address_book
        person = await customer(shop)
        kept = await book.save(shop.again(person.ctx), address=shop.subject.address(shop.markets[0].country))
        await book.save(shop.again(person.ctx), address=msgspec.structs.replace(kept, city="Bristol"))
        assert [address.city for address in await book.list(shop.again(person.ctx))] == ["Bristol"]
        assert kept.id is not None
        await book.remove(shop.again(person.ctx), id=kept.id)
        assert await book.list(shop.again(person.ctx)) == ()

    async def test_anothers_address_is_not_found(self, shop: Shop) -> None:
        """Another customer's address cannot be seen, changed or removed: `NotFound`."""
        book = shop.address_book
        ada, grace = await customer(shop), await customer(shop)
        if ada.customer.id == grace.customer.id:
            pytest.skip("there is one customer only")
        kept = await book.save(shop.again(ada.ctx), address=shop.subject.address(shop.markets[0].country))
        assert kept.id is not None
        assert await book.list(shop.again(grace.ctx)) == ()
        with pytest.raises(NotFound):
            await book.save(shop.again(grace.ctx), address=msgspec.structs.replace(kept, city="Elsewhere"))
        with pytest.raises(NotFound):
            await book.remove(shop.again(grace.ctx), id=kept.id)
        assert [address.city for address in await book.list(shop.again(ada.ctx))] == [kept.city]

    async def test_a_guest_has_no_addresses(self, shop: Shop) -> None:
        """A guest's address book is `NotSignedIn`."""
        with pytest.raises(NotSignedIn):
            await shop.address_book.list(shop.visitor())

    async def test_an_address_that_is_none_is_refused(self, shop: Shop) -> None:
        """An address in a country that there is not raises `InvalidInput` naming fields."""
        book = shop.address_book
        person = await customer(shop)
        nowhere = msgspec.structs.replace(shop.subject.address(shop.markets[0].country), country="Nowhere")
        with pytest.raises(InvalidInput) as raised:
            await book.save(shop.again(person.ctx), address=nowhere)
        assert raised.value.fields

    async def test_an_unknown_address_is_not_found(self, shop: Shop) -> None:
        """Removing what is not there raises `NotFound`."""
        book = shop.address_book
        person = await customer(shop)
        with pytest.raises(NotFound):
            await book.remove(shop.again(person.ctx), id=NOWHERE)
        assert issubclass(NotFound, BackendError)
