"""HTTP: from a request to its context, who may post, the session cookie, headers, and which status a failure is."""
