"""The routes that need no signed-in person; every other one depends on `signed_in` (checked by tests/test_house.py)."""

PUBLIC = (
    "/static/{digest}/{name:path}",
    "/api/v1/openapi.json",
    "/login",
    "/elder",
)
