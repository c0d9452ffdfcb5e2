"""What cannot be done about a person."""


class PersonRefused(ValueError):
    """What was asked cannot be done; the sentence says why and what to do."""
