"""The web door: JSON under /api/v1, pages for people, and what both need. A route calls one action and answers."""
