"""People of the hospital: members and staff, their roles on units, how they sign in. Requesters have no row here."""
