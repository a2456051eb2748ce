"""JSON for programs: every verb a sub-resource, problem+json errors, keyset pages, ETag and Idempotency-Key."""

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1")
