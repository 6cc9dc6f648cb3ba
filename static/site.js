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
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const field = document.getElementById(copy.dataset.copy);
    field.select?.();
    navigator.clipboard?.writeText(field.value ?? field.textContent).then(() => { find("#copied").textContent = copy.textContent = copy.dataset.copied; }, () => {});
  }
  if (event.target.closest("[data-print]")) print();
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
  resting = setTimeout(() => { resting = 0; form.requestSubmit(); }, 700);
});
document.addEventListener("submit", (event) => { if (event.target.matches(".bag-form")) { clearTimeout(resting); resting = 0; } });

/* What the backend made of it is what the fields show, and a focus that went with its line goes to the words that say so. */
function settleBag() {
  if (document.activeElement === document.body) find("#bag-status")?.focus();
  if (!resting) all("#bag :is(.stepper, .fold-code) input:not([type=hidden])").forEach((field) => { field.value = field.defaultValue; });
}

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

/* ---- lists: which hearts are filled is kept in this browser, and asked for again after ten minutes. Who never kept
   anything is asked nothing. */
const SAVED = "saved";
function showSaved() {
  const kept = new Set(recall(SAVED, { skus: [] }).skus);
  all(".heart").forEach((heart) => heart.setAttribute("aria-pressed", String(kept.has(heart.value))));
}
function keepSaved(skus) { remember(SAVED, { skus, at: Date.now() }); showSaved(); }
async function loadSaved() {
  const form = find("#save");
  const own = find("[data-saved]");
  if (!form) return;
  if (own) keepSaved(own.dataset.saved.split(" ").filter(Boolean));
  else showSaved();
  const kept = recall(SAVED, null);
  if (own || !kept || Date.now() - kept.at < 600_000 || !find(".heart")) return;
  try { keepSaved((await (await fetch(form.dataset.state, { headers: { Accept: "application/json" } })).json()).skus); } catch { /* offline: as it was */ }
}
let leaving;
function brief(words) {
  let place = find(".flash-brief");
  if (!place) {
    place = Object.assign(document.createElement("div"), { className: "flash flash-brief" });
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.replaceChildren();
  requestAnimationFrame(() => place.append(Object.assign(document.createElement("p"), { textContent: words })));
  clearTimeout(leaving);
  leaving = setTimeout(() => place.replaceChildren(), 5_000);
}
document.addEventListener("submit", async (event) => {
  const heart = event.submitter;
  if (event.target.id !== "save" || !heart) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(event.target));
  body.set("sku", heart.value);
  body.set("mutation", crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join("-"));
  if (heart.getAttribute("aria-pressed") === "true") body.set("kept", "1");
  try {
    const answer = await fetch(event.target.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const { skus, said } = await answer.json();
    keepSaved(skus);
    brief(said);
  } catch { location.assign(find("#save").dataset.lists); }
});

/* ---- comparison: the link takes along what was compared last in this visit */
function showCompared() {
  const now = find("[data-compared]");
  const link = find("[data-compare]");
  try {
    if (now) sessionStorage.setItem("compared", now.dataset.compared);
    if (!link) return;
    const own = link.dataset.compare ||= new URLSearchParams(link.search).get("p");
    const before = (sessionStorage.getItem("compared") ?? "").split(" ").filter((slug) => slug && slug !== own);
    link.search = new URLSearchParams([...before.slice(-3), own].map((slug) => ["p", slug])).toString();
  } catch { /* no storage: the link compares this one */ }
}

/* ---- a post from a page that is the same for everybody gets an id on its way, so that a double click or a retry counts
   once: the same form with the same content within two seconds is the same post. Private forms brought theirs. */
const stamps = new WeakMap();
function stamp(form) {
  let field = find("[name=mutation]", form);
  if (field && !("stamp" in field.dataset)) return;
  field ??= form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "mutation" }));
  field.dataset.stamp = field.value = "";
  const content = new URLSearchParams(new FormData(form)).toString();
  const last = stamps.get(form);
  const again = last?.content === content && performance.now() - last.at < 2000;
  const id = again ? last.id : crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
  stamps.set(form, { id, content, at: again ? last.at : performance.now() });
  field.value = id;
}
document.addEventListener("submit", (event) => { if (event.target.method === "post") stamp(event.target); }, true);

/* ---- a part picked out of a whole page: a failure's page has none, so it is shown whole */
document.addEventListener("htmx:before:response", (event) => {
  const { select, request, response } = event.detail.ctx;
  if (!select || response.status < 400) return;
  event.preventDefault();
  location.assign(request.action);
});

/* ---- after htmx has swapped something in */
document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target;
  if (target?.id === "added") {
    const dialog = find("#added");
    if (!dialog.open) dialog.showModal();
    find("#added-title")?.focus();
  }
  if (target?.id === "bag") settleBag();
  if (target?.id === "product") { gallery.shown = 0; gallery.strip()?.scrollTo({ left: 0, behavior: "instant" }); }
  watchButton();
  showSaved();
  showCompared();
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
loadSaved();
showCompared();
