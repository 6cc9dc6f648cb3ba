"""What is asked of a page about its layout: what shifted, what sticks out, what is cut off, what a thumb misses."""

from __future__ import annotations

RECORD_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput)
    shifts.push([entry.value, ...entry.sources.map((s) => {
      const e = s.node?.nodeType === 1 ? s.node : s.node?.parentElement;
      const name = `${e?.tagName.toLowerCase()}.${e?.className?.baseVal ?? e?.className}`;
      const box = (r) => [r.x, r.y, r.width, r.height].map(Math.round).join(" ");
      return `${name} [${box(s.previousRect)}] → [${box(s.currentRect)}]`;
    })]);
}).observe({ type: "layout-shift", buffered: true });
"""
SCROLL_THROUGH = """
async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight * 0.8) {
    scrollTo({ top: y, behavior: "instant" });
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
}
"""
STICKS_OUT = """
() => {
  const wide = document.documentElement.scrollWidth, room = document.documentElement.clientWidth;
  if (wide <= room) return "";
  const clipped = (e) => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
    if (/auto|scroll|hidden|clip/.test(getComputedStyle(p).overflowX)) return true; return false; };
  const out = [...document.body.querySelectorAll("*")].filter((e) => {
    const r = e.getBoundingClientRect();
    return r.width && (r.right > room + 1 || r.left < -1) && !clipped(e);
  });
  const named = (e) => `<${e.tagName.toLowerCase()} class="${e.className.baseVal ?? e.className}">`;
  return `${wide} > ${room}: ` + out.slice(0, 4).map(named).join(" ");
}
"""
TOO_SMALL = """
(selector) => {
  const controls = [...document.querySelectorAll(selector)]
    .flatMap((part) => [...part.querySelectorAll("a[href], button, input, select, summary")]);
  return controls.flatMap((e) => {
    if (e.type === "hidden") return [];
    const shown = ["radio", "checkbox"].includes(e.type) ? (e.labels[0] ?? e) : e;
    if (!shown.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return [];
    if (e.tagName === "A" && getComputedStyle(e).display === "inline" && e.closest("p")) return [];
    const own = shown.getBoundingClientRect();
    if (own.width <= 2 && own.height <= 2) return [];
    const after = getComputedStyle(shown, "::after");
    const reaches = after.position === "absolute" && after.content !== "none";
    const reach = reaches ? [parseFloat(after.width) || 0, parseFloat(after.height) || 0] : [0, 0];
    const size = [Math.max(own.width, reach[0]), Math.max(own.height, reach[1])];
    if (Math.min(...size) >= 43.5) return [];
    const words = (shown.innerText || e.getAttribute("aria-label") || e.name || "").trim().replace(/\\s+/g, " ");
    return [`${words.slice(0, 40)} <${e.tagName.toLowerCase()}>: ${size.map(Math.round).join("×")}`];
  });
}
"""
CUT_OFF = """
() => {
  const hides = (e) => { const s = getComputedStyle(e);
    return /hidden|clip/.test(s.overflowX + s.overflowY) && s.clipPath === "none" && s.position !== "fixed" ? s : null; };
  const spoken = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const found = new Set();
  for (const e of document.body.querySelectorAll("*")) {
    if (!spoken(e) || e.closest(".unseen, svg, select, template") || !e.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(e);
    const text = range.getBoundingClientRect();
    if (text.width < 2 || text.height < 2) continue;
    for (let p = e; p && p !== document.body; p = p.parentElement) {
      if (!hides(p)) continue;
      const box = p.getBoundingClientRect();
      if (box.width < 3 || box.height < 3) break;
      if (getComputedStyle(p).webkitLineClamp !== "none") break;
      const over = Math.max(text.right - box.right, box.left - text.left, text.bottom - box.bottom, box.top - text.top);
      if (over > 2) found.add(`${e.textContent.trim().slice(0, 40)} in <${p.tagName.toLowerCase()} class="${p.className}">`);
    }
  }
  return [...found].slice(0, 6);
}
"""
