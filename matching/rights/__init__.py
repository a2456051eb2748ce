"""What the law gives people over their data: who looked at it, a copy, its end (docs/domain.md §6)."""
