"""五化: a branch is assessed by people, with figures beside each item as evidence (docs/domain.md §8)."""
