"""Scenarios of the cart: what goes in, what comes out, whose it is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bff.ports import (
    Cart,
    CartRef,
    CartResult,
    Conflict,
    InputValue,
    InvalidInput,
    LineInput,
    NoCart,
    NotFound,
    VariantKey,
    VisitorContext,
)

from .sample import Sample, key
from .scenarios import NOWHERE, WRONG_IDS, Scenarios, codes, errors, lines, quantity
from .shop import Shop

LIMITS = {"out_of_stock", "quantity_reduced", "quantity_rule", "limit_reached"}
"""What a shopper is told who wants more than there is."""


async def add(
    shop: Shop, ctx: VisitorContext, cart: CartRef | None, variant: VariantKey, number: int | str = 1, **more: object
) -> CartResult:
    line = LineInput(variant=variant, quantity=Decimal(number), **more)  # type: ignore[arg-type]
    return await shop.carts.add(shop.again(ctx), cart=cart, lines=[line])


async def change(shop: Shop, ctx: VisitorContext, cart: Cart, number: int | str, line: str | None = None) -> CartResult:
    wanted = [(line or cart.lines[0].id, Decimal(number))]
    return await shop.carts.change(shop.again(ctx), cart=cart.ref, quantities=wanted)


class TestCarts(Scenarios):
    PORT = "carts"

    async def test_the_first_line_makes_a_cart(self, shop: Shop, sample: Sample) -> None:
        """`add` without a cart makes one: in the context's market and currency, with the line and no problem."""
        ctx = shop.visitor()
        result = await add(shop, ctx, None, sample.line, 2)
        assert isinstance(result.cart, Cart), result
        assert (result.cart.market, result.cart.currency) == (ctx.public.market.id, ctx.public.currency)
        assert [(line.key.id, line.quantity) for line in result.cart.lines] == [(sample.line.id, Decimal(2))]
        assert errors(result.problems) == []
        assert result.cart.quantity == 2

    async def test_the_cart_is_read_again(self, shop: Shop, sample: Sample) -> None:
        """`get` shows what the last write left behind."""
        ctx, cart = await shop.cart(sample.line, sample.second)
        found = await shop.read(ctx, cart.ref)
        assert [(line.id, line.key.id, line.quantity, line.total) for line in found.lines] == [
            (line.id, line.key.id, line.quantity, line.total) for line in cart.lines
        ]
        assert found.totals.subtotal == cart.totals.subtotal

    async def test_a_line_says_what_it_is(self, shop: Shop, sample: Sample) -> None:
        """A line has the title, the SKU and the slug that the catalogue knows, and is priced in the cart's currency."""
        _, cart = await shop.cart(sample.line)
        (line,) = cart.lines
        product = next(product for product, variant in sample.buyable if variant.id == sample.line.id)
        assert (line.key.sku, line.title) == (sample.line.sku, product.title)
        assert line.slug in (product.slug, None)
        for money in (line.unit, line.total, cart.totals.subtotal, cart.totals.total):
            assert money is not None
            assert money.currency == cart.currency

    async def test_a_line_costs_its_quantity(self, shop: Shop, sample: Sample) -> None:
        """Without discounts a line's total is its unit price times its quantity, and the subtotal is that of the lines."""
        ctx, cart = await shop.cart(sample.line)
        result = await change(shop, ctx, cart, 3)
        (line,) = lines(result)
        if line.discounts:
            pytest.skip("the sample's first product is discounted in the cart")
        assert line.unit is not None
        assert line.total is not None
        assert line.total.amount == line.unit.amount * 3
        assert isinstance(result.cart, Cart)
        assert result.cart.totals.subtotal == line.total

    async def test_equal_additions_are_one_quantity(self, shop: Shop, sample: Sample) -> None:
        """Adding the same again adds up: quantities are per variant, inputs and plan; one line where `merges_lines`."""
        ctx, cart = await shop.cart(sample.line)
        result = await add(shop, ctx, cart.ref, sample.line, 2)
        assert isinstance(result.cart, Cart)
        assert quantity(result.cart, sample.line.id) == 3
        assert (len(result.cart.lines) == 1) == shop.carts.traits.merges_lines

    async def test_different_variants_are_different_lines(self, shop: Shop, sample: Sample) -> None:
        """Another variant is another line; several lines may be added at once."""
        _, cart = await shop.cart(sample.line, sample.second)
        assert sorted(str(line.key.id) for line in cart.lines) == sorted([str(sample.line.id), str(sample.second.id)])
        assert cart.quantity == 2

    async def test_different_inputs_are_different_lines(self, shop: Shop, sample: Sample) -> None:
        """The same variant with something else typed for it is another line, and keeps what was typed."""
        _, variant, input = sample.with_text_input
        ctx = shop.visitor()
        first = await add(shop, ctx, None, key(variant), inputs=(InputValue(id=input, value="AB"),))
        assert isinstance(first.cart, Cart), first
        second = await add(shop, ctx, first.cart.ref, key(variant), inputs=(InputValue(id=input, value="CD"),))
        typed = [value.value for line in lines(second) for value in line.inputs if value.id == input]
        assert sorted(typed) == ["AB", "CD"]

    async def test_a_quantity_is_set_not_added(self, shop: Shop, sample: Sample) -> None:
        """`change` sets a line's quantity, and saying it twice changes nothing more."""
        ctx, cart = await shop.cart(sample.line)
        for _ in range(2):
            result = await change(shop, ctx, cart, 4)
            assert isinstance(result.cart, Cart)
            assert quantity(result.cart, sample.line.id) == 4

    async def test_nought_removes_a_line(self, shop: Shop, sample: Sample) -> None:
        """A quantity of 0 removes the line and leaves the others."""
        ctx, cart = await shop.cart(sample.line, sample.second)
        first = next(line for line in cart.lines if line.key.id == sample.line.id)
        result = await change(shop, ctx, cart, 0, first.id)
        assert [line.key.id for line in lines(result)] == [sample.second.id]

    async def test_the_last_line_may_end_the_cart(self, shop: Shop, sample: Sample) -> None:
        """Taking the last line out leaves an empty cart or `NoCart(empty)`."""
        ctx, cart = await shop.cart(sample.line)
        result = await change(shop, ctx, cart, 0)
        if isinstance(result.cart, NoCart):
            assert result.cart.reason == "empty"
        else:
            assert result.cart.lines == ()
            assert result.cart.quantity == 0

    @pytest.mark.parametrize("number", ["-1", "-1000000", "0.5"])
    async def test_a_quantity_that_cannot_be_changes_nothing(self, shop: Shop, sample: Sample, number: str) -> None:
        """A negative quantity, or a fraction where `decimals` is false, raises `InvalidInput` or is a problem; what is in
        the cart never becomes less than nothing or a part."""
        if number == "0.5" and shop.carts.traits.decimals:
            pytest.skip("takes fractions")
        ctx, cart = await shop.cart(sample.line)
        told = False
        try:
            told = bool((await change(shop, ctx, cart, number)).problems)
        except InvalidInput:
            told = True
        now = await shop.carts.get(shop.again(ctx), cart=cart.ref)
        left = quantity(now, sample.line.id) if isinstance(now, Cart) else Decimal(0)
        assert left >= 0
        assert left == left.to_integral_value()
        assert told or left == 0, "it was neither refused nor told"

    async def test_a_huge_quantity_is_told(self, shop: Shop, sample: Sample) -> None:
        """Asking for more than there is, by `add` or by `change`, is a problem with the possible quantity or a refusal,
        never a fault; the cart stays whole."""
        ctx, cart = await shop.cart(sample.line)
        for attempt in ("change", "add"):
            told: set[str] = set()
            try:
                made = await (
                    change(shop, ctx, cart, 10**7)
                    if attempt == "change"
                    else add(shop, ctx, cart.ref, sample.line, 10**7)
                )
                told = set(codes(made))
            except InvalidInput:
                told = {"quantity_rule"}
            now = await shop.read(ctx, cart.ref)
            assert told & LIMITS or quantity(now, sample.line.id) >= 10**7, f"{attempt} told {told or 'nothing'}"

    async def test_what_is_sold_out_does_not_go_in(self, shop: Shop, sample: Sample) -> None:
        """Adding what is sold out is a problem `out_of_stock` about that variant, not a failure; no line is made."""
        _, variant = sample.sold_out
        result = await add(shop, shop.visitor(), None, key(variant))
        assert set(codes(result)) & {"out_of_stock", "line_unavailable"}
        assert errors(result.problems)
        told = errors(result.problems)[0].target
        assert told.kind in ("variant", "line")
        assert not lines(result)

    async def test_a_good_line_goes_in_beside_a_bad_one(self, shop: Shop, sample: Sample) -> None:
        """What cannot be added is a problem; what can be goes in all the same."""
        wanted = [
            LineInput(variant=VariantKey(id=NOWHERE, product_id=NOWHERE, sku=NOWHERE)),
            LineInput(variant=sample.line),
        ]
        result = await shop.carts.add(shop.visitor(), cart=None, lines=wanted)
        assert isinstance(result.cart, Cart), result
        assert [line.key.id for line in result.cart.lines] == [sample.line.id]
        assert errors(result.problems)

    async def test_an_unknown_variant_is_a_problem(self, shop: Shop) -> None:
        """A variant that nobody sells is a problem (`line_unavailable`, `not_sold_here`, `out_of_stock`), not a failure."""
        for id in WRONG_IDS[:6]:
            result = await add(shop, shop.visitor(), None, VariantKey(id=id, product_id=id, sku=id))
            assert set(codes(result)) & {"line_unavailable", "not_sold_here", "out_of_stock"}, id
            assert not lines(result)

    async def test_a_variant_is_found_by_sku_alone(self, shop: Shop, sample: Sample) -> None:
        """Where `sku_lookup` is true, a variant known by its SKU only can be put into a cart: how carts are carried."""
        if not shop.catalog.sku_lookup or sample.line.sku is None:
            pytest.skip("has no exact lookup by SKU")
        result = await add(shop, shop.visitor(), None, VariantKey(sku=sample.line.sku))
        assert [line.key.id for line in lines(result)] == [sample.line.id]

    async def test_an_unknown_line_changes_nothing(self, shop: Shop, sample: Sample) -> None:
        """Changing a line that is not there leaves the cart as it was; it is told, invalid, not found or a conflict."""
        ctx, cart = await shop.cart(sample.line)
        for id in WRONG_IDS[:6]:
            try:
                await change(shop, ctx, cart, 5, id)
            except (InvalidInput, NotFound, Conflict):
                continue
        now = await shop.read(ctx, cart.ref)
        assert [(line.id, line.quantity) for line in now.lines] == [(line.id, line.quantity) for line in cart.lines]


class TestCartReferences(Scenarios):
    PORT = "carts"

    @pytest.mark.parametrize("id", WRONG_IDS, ids=lambda id: repr(id[:12]))
    async def test_an_unknown_cart_is_no_cart(self, shop: Shop, id: str) -> None:
        """`get` answers `NoCart` for a reference that leads nowhere, whatever stands in it."""
        found = await shop.carts.get(shop.visitor(), cart=CartRef(id=id))
        assert isinstance(found, NoCart), f"came {type(found).__name__}"

    async def test_a_vanished_cart_is_made_anew(self, shop: Shop, sample: Sample) -> None:
        """`add` to a cart that has vanished makes one."""
        result = await add(shop, shop.visitor(), CartRef(id=NOWHERE), sample.line)
        assert [line.key.id for line in lines(result)] == [sample.line.id]

    async def test_changing_no_cart_answers_no_cart(self, shop: Shop) -> None:
        """`change`, `apply_code`, `drop_code` and `annotate` of a cart that is no more answer `NoCart`, not a failure."""
        ref, carts = CartRef(id=NOWHERE), shop.carts
        for result in (
            await carts.change(shop.visitor(), cart=ref, quantities=[(NOWHERE, Decimal(1))]),
            await carts.apply_code(shop.visitor(), cart=ref, code="KIT"),
            await carts.drop_code(shop.visitor(), cart=ref, id=NOWHERE),
            await carts.annotate(shop.visitor(), cart=ref, note="kit"),
        ):
            assert isinstance(result.cart, NoCart), result

    async def test_two_shoppers_have_two_carts(self, shop: Shop, sample: Sample) -> None:
        """Each shopper's cart is their own: what one does is not in the other's."""
        ada, hers = await shop.cart(sample.line)
        grace, other = await shop.cart(sample.second)
        assert hers.ref.id != other.ref.id
        await change(shop, ada, hers, 3)
        found = await shop.read(grace, other.ref)
        assert [(line.key.id, line.quantity) for line in found.lines] == [(sample.second.id, Decimal(1))]

    async def test_a_reference_is_not_guessable(self, shop: Shop, sample: Sample) -> None:
        """A cart's reference is a capability: long, and not the neighbour's with another number."""
        refs = [(await shop.cart(sample.line))[1].ref.id for _ in range(2)]
        blobs = [ref for ref in refs if ref.isdigit()]
        assert not blobs or all(len(ref) >= 16 for ref in blobs), "references are plain numbers"


class TestCartNotes(Scenarios):
    PORT = "carts"

    async def test_a_note_is_kept(self, shop: Shop, sample: Sample) -> None:
        """Where `note` is true, the shopper's note is kept; None leaves it as it is."""
        ctx, cart = await shop.cart(sample.line)
        if not shop.carts.traits.note:
            pytest.skip("takes no note")
        text = "Ring twice — إقرع مرتين 🔔 <b>"
        await shop.carts.annotate(shop.again(ctx), cart=cart.ref, note=text)
        result = await shop.carts.annotate(shop.again(ctx), cart=cart.ref, attributes=None)
        assert isinstance(result.cart, Cart)
        assert result.cart.note == text
        assert (await shop.read(ctx, cart.ref)).note == text

    async def test_attributes_are_added_to(self, shop: Shop, sample: Sample) -> None:
        """Where `attributes` is true, those that are named are set and the others stay."""
        ctx, cart = await shop.cart(sample.line)
        if not shop.carts.traits.attributes:
            pytest.skip("takes no attributes")
        await shop.carts.annotate(shop.again(ctx), cart=cart.ref, attributes={"visitor": "a", "campaign": "b"})
        await shop.carts.annotate(shop.again(ctx), cart=cart.ref, attributes={"visitor": "c"})
        kept = dict((await shop.read(ctx, cart.ref)).attributes)
        assert {name: kept.get(name) for name in ("visitor", "campaign")} == {"visitor": "c", "campaign": "b"}

    async def test_what_is_not_taken_is_no_fault(self, shop: Shop, sample: Sample) -> None:
        """A note or attributes that the backend does not take leave the cart as it is, and are no failure."""
        ctx, cart = await shop.cart(sample.line)
        result = await shop.carts.annotate(shop.again(ctx), cart=cart.ref, note="kit", attributes={"kit": "1"})
        assert isinstance(result.cart, Cart)
        assert (result.cart.note == "kit") == shop.carts.traits.note
        assert (result.cart.attributes.get("kit") == "1") == shop.carts.traits.attributes


class TestCodes(Scenarios):
    PORT = "carts"

    async def test_an_unknown_code_is_a_problem(self, shop: Shop, sample: Sample) -> None:
        """A code that nobody gave out is a problem `code_invalid`, not a failure; the cart stays as it was."""
        ctx, cart = await shop.cart(sample.line)
        for code in ("KIT-NO-SUCH-CODE", "' OR 1=1; --", "日本", "x" * 300):
            result = await shop.carts.apply_code(shop.again(ctx), cart=cart.ref, code=code)
            assert set(codes(result)) & {"code_invalid", "code_not_applicable"}, code[:20]
            assert errors(result.problems), code[:20]
            assert isinstance(result.cart, Cart)
            assert result.cart.codes == ()
            assert result.cart.totals.total == cart.totals.total

    async def test_a_code_takes_something_off(self, shop: Shop, sample: Sample) -> None:
        """A good code is applied and effective, its amount is told, and the total is less; entering it twice is once."""
        code = shop.subject.hints.code
        if code is None:
            pytest.skip("Hints.code names no code")
        ctx, cart = await shop.cart(sample.line)
        for _ in range(2):
            result = await shop.carts.apply_code(shop.again(ctx), cart=cart.ref, code=code)
            assert isinstance(result.cart, Cart)
            assert errors(result.problems) == []
            (applied,) = result.cart.codes
            assert (applied.kind, applied.effective) == ("promotion", True)
        assert isinstance(result.cart, Cart)
        assert result.cart.totals.discount is not None
        assert result.cart.totals.discount.amount > 0
        assert cart.totals.total is not None
        assert result.cart.totals.total is not None
        assert result.cart.totals.total.amount < cart.totals.total.amount

    async def test_a_code_is_taken_out(self, shop: Shop, sample: Sample) -> None:
        """`drop_code` takes an applied code out by its id, and the total is what it was; once more changes nothing."""
        code = shop.subject.hints.code
        if code is None:
            pytest.skip("Hints.code names no code")
        ctx, cart = await shop.cart(sample.line)
        with_code = await shop.carts.apply_code(shop.again(ctx), cart=cart.ref, code=code)
        assert isinstance(with_code.cart, Cart)
        id = with_code.cart.codes[0].id
        for _ in range(2):
            result = await shop.carts.drop_code(shop.again(ctx), cart=cart.ref, id=id)
            assert isinstance(result.cart, Cart)
            assert result.cart.codes == ()
            assert result.cart.totals.total == cart.totals.total

    async def test_a_code_without_effect_says_why(self, shop: Shop, sample: Sample) -> None:
        """A code that exists and does not apply is a problem, or applied without effect and with the reason."""
        code = shop.subject.hints.needless_code
        if code is None:
            pytest.skip("Hints.needless_code names no code")
        ctx, cart = await shop.cart(sample.line)
        result = await shop.carts.apply_code(shop.again(ctx), cart=cart.ref, code=code)
        assert isinstance(result.cart, Cart)
        told = {"code_not_applicable", "code_needs_sign_in", "code_used_up", "code_invalid"}
        idle = [applied for applied in result.cart.codes if not applied.effective and applied.reason]
        assert set(codes(result)) & told or idle
        assert result.cart.totals.total == cart.totals.total

    async def test_a_gift_card_pays(self, shop: Shop, sample: Sample) -> None:
        """Where `gift_cards` is true, a gift card is a code: its kind is told and what is due is less."""
        code = shop.subject.hints.gift_card
        if not shop.carts.traits.gift_cards:
            pytest.skip("takes no gift cards")
        if code is None:
            pytest.skip("Hints.gift_card names no gift card")
        ctx, cart = await shop.cart(sample.line)
        result = await shop.carts.apply_code(shop.again(ctx), cart=cart.ref, code=code)
        assert isinstance(result.cart, Cart), result
        (applied,) = result.cart.codes
        assert applied.kind == "gift_card"
        assert result.cart.totals.gift_cards is not None
        assert result.cart.totals.gift_cards.amount > 0
        assert applied.code is None or applied.code != code or len(code) < 5, "a gift card's code is shown masked"
