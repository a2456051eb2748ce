"""The organisation tree and the places with a QR poster. Who belongs to a unit lives in people/."""
