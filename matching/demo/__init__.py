"""The demo hospital: invented files (see data/README.md), imported by the usual code, and lives for its wishes.

`calendar` moves the wishes to the weeks before now, `cast` says who acts, `acts` are the verbs with plausible words
and pauses, `fates` puts them together to lives, `asking` has members asked before they claim, `members` says when they
are free and asks one of them just now, `loading` does all of it in one transaction, `sign_ins` makes a fresh
password for each role at every start.
"""

from pathlib import Path

DATA = Path(__file__).parent / "data"
SEED = 20260302  # the same hospital every time, up to the moment of loading
