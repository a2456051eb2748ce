"""What is personal, and how it is kept from everybody it is not for. Pure: no session, no clock, no settings.

`codes` query codes and tokens, `sealed` encrypted fields, `masking` names and phones for display, `guard` reading
free text (by `personal`, `names`, `urgent` with `likeness`, `asks`; words in vocabulary/), `consent` what is agreed to.
"""
