/* Before the first paint: the chosen edition, day or night. The switch itself is in site.js. */
try {
  const chosen = localStorage.getItem("scheme");
  if (chosen) document.documentElement.dataset.scheme = chosen;
} catch {}
