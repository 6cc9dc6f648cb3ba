"""`/{place}/review/{slug}`: a product's review, sent in. A slug may hold `/`, so that nothing can stand behind it."""

from __future__ import annotations

from litestar.response.base import ASGIResponse

from bff.ports import InvalidInput, NotFound, NotSignedIn, ProductKey, ReviewDraft, Reviews
from bff.rendering.regions import region
from bff.rendering.respond import redirect
from bff.web.addresses import written
from bff.web.forms import Choice, Field, blank, read
from bff.web.visit import Visit

from .parts.account import FormPage, Way, again, entrance, form_page, posted, quiet, reasons, spent, words
from .parts.cards import card_view
from .routing import at

BUDGET = 0.5
STARS = ("5", "4", "3", "2", "1")


def port(visit: Visit) -> Reviews:
    reviews = visit.store.backend.reviews
    if reviews is None or not reviews.traits.write:
        raise NotFound("reviews cannot be sent in")
    return reviews


def fields(visit: Visit) -> tuple[Field, ...]:
    plural = visit.renderer.messages.plural
    return (
        Field(
            name="rating",
            kind="radio",
            required=True,
            choices=tuple(Choice(value=star, label=plural("reviews.stars", int(star))) for star in STARS),
        ),
        Field(name="title", limit=120, label="field.review_title"),
        Field(name="body", kind="textarea", required=True, minimum=10, limit=4_000, label="field.review_body"),
        Field(name="author", required=True, limit=60, label="field.review_author", autocomplete="nickname"),
    )


async def _page(visit: Visit, values: dict[str, str] | None = None) -> FormPage:
    slug = visit.request.path_params["slug"].strip("/")
    (card,) = await visit.store.backend.catalog.products(visit.ctx, keys=[ProductKey(slug=slug)])
    if card is None:
        raise NotFound("no such product")
    title, product = words(visit, "review.title"), card_view(visit.place, card)
    return FormPage(
        head=quiet(title),
        title=title,
        lead=words(visit, "review.lead"),
        form=blank(fields(visit), values),
        action=visit.place.page(f"review/{written(card.slug)}"),
        button=words(visit, "review.button"),
        about=product,
        note=words(visit, "review.note"),
        ways=(Way(title=words(visit, "review.back"), url=product.url),),
    )


@at("/{place:str}/review/{slug:path}")
async def show(visit: Visit) -> ASGIResponse:
    """The form. Who is signed in finds a first name in it."""
    port(visit)
    accounts, values = visit.store.backend.accounts, dict[str, str]()
    if accounts and visit.signed_in:
        me = (await region("me", accounts.me(visit.visitor()), budget=BUDGET)).value
        values["author"] = me.first_name or "" if me else ""  # the form is there without it as well
    return await form_page(visit, await _page(visit, values))


@at("/{place:str}/review/{slug:path}", methods=("POST",))
async def write(visit: Visit) -> ASGIResponse:
    """Send it in; it may wait to be read first, which is said."""
    reviews, view = port(visit), await _page(visit)
    form = read(fields(visit), await posted(visit))
    if form.wrong:
        return await again(visit, view, form)
    if await spent(visit, "review"):
        return await again(visit, view, form, notice=words(visit, "account.spent"), status=429)
    given = form.values
    draft = ReviewDraft(
        rating=int(given["rating"]), title=given.get("title", ""), body=given["body"], author=given["author"]
    )
    slug = visit.request.path_params["slug"].strip("/")
    try:
        made = await reviews.write(visit.visitor(), key=ProductKey(slug=slug), draft=draft)
    except InvalidInput as error:
        return await again(visit, view, form.refused(reasons(visit, error)))
    except NotSignedIn:
        return redirect(visit, entrance(visit, visit.place.page(f"review/{written(slug)}")), 303)
    visit.flash("review.published" if made else "review.waits")
    return redirect(visit, f"{view.about.url if view.about else visit.place.root}#reviews", 303)


routes = (show, write)
