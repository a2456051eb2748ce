"""Phones of people: sealed in the row, each for its own person."""

from matching.people.model import Person


def phone_context(person: Person) -> str:
    """Where a person's sealed phone belongs, so that the blob opens nowhere else."""
    return f"person.phone:{person.root_id}:{person.member_no}"
