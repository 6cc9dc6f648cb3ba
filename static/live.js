// Development only: reload when a template, a message or a static file changed.
let seen = null;
new EventSource("/-/changes").onmessage = (event) => {
  if (seen && seen !== event.data) location.reload();
  seen = event.data;
};
