"""Recognition: points (积分), declared entries, stars, public lists, certificates (docs/domain.md §7)."""
