/* What the pages do beyond links and forms. Without this script everything still works, plainer.
   One listener per kind of event on the document, so that parts swapped in by htmx need no setting up. */

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const still = matchMedia("(prefers-reduced-motion: reduce)");
const rtl = document.documentElement.dir === "rtl";

function recall(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
}
function remember(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode: nothing is kept */ }
}

/* ---- day and night edition */
const scheme = find("#scheme");
if (scheme) {
  scheme.value = document.documentElement.dataset.scheme ?? "";
  scheme.addEventListener("change", () => {
    if (scheme.value) document.documentElement.dataset.scheme = scheme.value;
    else delete document.documentElement.dataset.scheme;
    try { scheme.value ? localStorage.setItem("scheme", scheme.value) : localStorage.removeItem("scheme"); } catch { /* not kept */ }
  });
}

/* ---- search: a combobox over the suggested links (ARIA 1.2) */
const term = find("#q");
const box = find("#suggestions");
if (term && box) {
  const options = () => all("[role=option]", box);
  const current = () => find("[aria-selected=true]", box);
  term.setAttribute("role", "combobox");
  term.setAttribute("aria-autocomplete", "list");
  const close = () => { term.setAttribute("aria-expanded", "false"); term.removeAttribute("aria-activedescendant"); box.hidden = true; mark(null); };
  const mark = (option) => {
    current()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) term.setAttribute("aria-activedescendant", option.id); else term.removeAttribute("aria-activedescendant");
  };
  const open = () => {
    const list = find("[role=listbox]", box);
    box.hidden = !list;
    term.setAttribute("aria-expanded", String(Boolean(list)));
    if (list) term.setAttribute("aria-controls", list.id); else term.removeAttribute("aria-controls");
  };
  close();
  box.addEventListener("htmx:after:swap", () => { if (document.activeElement === term && term.value.trim()) open(); else close(); });
  term.addEventListener("htmx:after:swap", () => { if (document.activeElement === term && term.value.trim()) open(); else close(); });
  term.addEventListener("input", () => { if (!term.value.trim()) close(); });
  term.addEventListener("htmx:config:request", (event) => { if (!term.value.trim()) event.preventDefault(); });
  term.addEventListener("keydown", (event) => {
    const list = box.hidden ? [] : options();
    const at = list.indexOf(current());
    if (event.key === "ArrowDown" && !list.length && find("[role=listbox]", box)) open();
    else if (event.key === "ArrowDown" && list.length) mark(list[(at + 1) % list.length]);
    else if (event.key === "ArrowUp" && list.length) mark(list[at <= 0 ? list.length - 1 : at - 1]);
    else if (event.key === "Enter" && current()) current().click();
    else if (event.key === "Escape" && list.length) { close(); event.stopPropagation(); }
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => { if (!event.target.closest("#search")) close(); });
  term.addEventListener("blur", () => setTimeout(() => { if (!box.contains(document.activeElement)) close(); }, 150));
  find("#search").addEventListener("toggle", (event) => { if (event.newState === "open") { term.focus(); term.select(); } });
}

/* ---- gallery: a strip to swipe, thumbnails, arrow keys, zoom */
const gallery = {
  strip: () => find("#strip"),
  shown: 0,
  show(index, smooth = true) {
    const slides = all("li", this.strip());
    const slide = slides[(index + slides.length) % slides.length];
    if (!slide) return;
    this.strip().scrollTo({ left: slide.offsetLeft - this.strip().offsetLeft, behavior: smooth && !still.matches ? "smooth" : "instant" });
    this.settle(slides.indexOf(slide));
  },
  settle(index) {
    if (index === this.shown) return;
    this.shown = index;
    const words = find(".gallery")?.dataset.position.replace("{n}", index + 1) ?? "";
    all(".thumbs a").forEach((thumb, n) => { if (n === index) thumb.setAttribute("aria-current", "true"); else thumb.removeAttribute("aria-current"); });
    const place = find(".gallery-position");
    if (place) place.textContent = words;
  },
};
document.addEventListener("scrollend", (event) => {
  const strip = gallery.strip();
  if (event.target === strip && strip) gallery.settle(Math.round(Math.abs(strip.scrollLeft) / strip.clientWidth));
}, true);
const zoom = {
  dialog: () => find("#zoom"),
  at: 0,
  turn(index) {
    const links = all("[data-zoom]");
    this.at = (index + links.length) % links.length;
    const picture = find("img", this.dialog());
    /* Larger than the window on a phone: shown from its middle, panned by hand. */
    picture.onload = () => { const stage = picture.parentElement; stage.scrollLeft = (rtl ? -1 : 1) * (stage.scrollWidth - stage.clientWidth) / 2; };
    picture.src = links[this.at].href;
    picture.alt = find("img", links[this.at]).alt;
    find("p", this.dialog()).textContent = find(".gallery").dataset.position.replace("{n}", this.at + 1);
    gallery.show(this.at, false);
  },
};

/* ---- clicks */
document.addEventListener("click", (event) => {
  const thumb = event.target.closest(".thumbs a");
  if (thumb) {
    event.preventDefault();
    gallery.show(all(".thumbs a").indexOf(thumb));
    return;
  }
  const picture = event.target.closest("[data-zoom]");
  if (picture && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    zoom.turn(all("[data-zoom]").indexOf(picture));
    zoom.dialog().showModal();
    return;
  }
  const turn = event.target.closest("[data-turn]");
  if (turn) zoom.turn(zoom.at + Number(turn.dataset.turn));
  if (event.target.closest("[data-close]") || event.target.matches("dialog[open]")) event.target.closest("dialog")?.close();
  const step = event.target.closest("[data-step]");
  if (step) {
    const field = find("input", step.parentElement);
    const before = field.value;
    if (step.dataset.step > 0) field.stepUp(); else field.stepDown();
    if (field.value !== before) field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (event.target.closest("[data-forget]")) { remember(recentKey(), []); showRecent(); }
});
document.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: rtl ? 1 : -1, ArrowRight: rtl ? -1 : 1 }[event.key];
  if (!by) return;
  if (event.target.closest("#zoom")) zoom.turn(zoom.at + by);
  else if (event.target.closest(".gallery")) { event.preventDefault(); gallery.show(gallery.shown + by); if (event.target.closest(".thumbs")) find(".thumbs [aria-current]")?.focus(); }
});

/* ---- the bag: a changed quantity is sent when the hand has come to rest */
let resting;
document.addEventListener("change", (event) => {
  const form = event.target.closest(".bag-form");
  if (!form) return;
  clearTimeout(resting);
  resting = setTimeout(() => { if (form.reportValidity()) form.requestSubmit(); }, 700);
});

/* ---- the bar with the button, while the button itself is out of sight */
let watcher;
function watchButton() {
  watcher?.disconnect();
  const bar = find("#buybar");
  const button = find(".buy .buy-button");
  if (!bar || !button) return;
  /* The root reaches far down: only a button above the window counts as out of sight. */
  watcher = new IntersectionObserver(([entry]) => { bar.hidden = entry.isIntersecting; }, { rootMargin: "0px 0px 1000000px 0px" });
  watcher.observe(button);
}

/* ---- recently viewed, kept in this browser only, per market and language */
const recentKey = () => `recent:${find("#recent")?.dataset.place}`;
function showRecent() {
  const shelf = find("#recent");
  if (!shelf) return;
  const here = find("[data-viewed]")?.dataset;
  const kept = recall(recentKey(), []);
  const others = kept.filter((item) => item.url !== here?.viewed);
  const shell = find("template", shelf);
  find("ul", shelf).replaceChildren(...others.map((item) => {
    const card = shell.content.cloneNode(true);
    const link = find("a", card);
    link.href = item.url;
    link.textContent = item.title;
    find(".price", card).textContent = item.price;
    if (item.image) find("img", card).src = item.image; else find("img", card).remove();
    return card;
  }));
  shelf.hidden = !others.length;
  if (here) remember(recentKey(), [{ url: here.viewed, title: here.title, price: here.price, image: here.image }, ...others].slice(0, 8));
}

/* ---- every post carries an id, so that a double click or a retry counts once */
function stamp(form) {
  let field = find("[name=_mutation]", form);
  if (!field) {
    field = Object.assign(document.createElement("input"), { type: "hidden", name: "_mutation" });
    form.append(field);
  }
  field.value = crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
}
document.addEventListener("submit", (event) => { if (event.target.method === "post") stamp(event.target); }, true);

/* ---- after htmx has swapped something in */
document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target;
  if (target?.id === "added") {
    const dialog = find("#added");
    if (!dialog.open) dialog.showModal();
    refreshHoles();
  }
  if (target?.id === "product") { gallery.shown = 0; gallery.strip()?.scrollTo({ left: 0, behavior: "instant" }); }
  watchButton();
});

/* ---- parts of the frame that are the shopper's own: asked for again after the bag changed, or on the way back */
async function refreshHoles() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const hole of all("[data-hole]")) {
      const now = find(`[data-hole="${hole.dataset.hole}"]`, fresh);
      if (now) hole.replaceChildren(...now.childNodes);
    }
  } catch { /* offline: what is shown stays */ }
}
addEventListener("pageshow", (event) => { if (event.persisted) refreshHoles(); });

/* ---- from a card's picture to the product's: only the card that was followed takes part */
addEventListener("pageswap", (event) => {
  const to = event.activation?.entry?.url;
  if (!event.viewTransition || !to) return;
  const path = new URL(to).pathname;
  const card = all(".card").find((item) => find("a", item)?.pathname === path);
  const picture = card && find(".plate img", card);
  if (!picture) return;
  all("#picture-1 img").forEach((image) => { image.style.viewTransitionName = "none"; });
  picture.style.viewTransitionName = "plate";
  event.viewTransition.finished.finally(() => { picture.style.viewTransitionName = ""; all("#picture-1 img").forEach((image) => { image.style.viewTransitionName = ""; }); });
});

watchButton();
showRecent();
