"""What a person at a terminal is told of an exception that is theirs to mend."""

# By name, so that saying it imports nothing. Each of these carries its own sentences.
SPEAKS_FOR_ITSELF = frozenset(
    {
        "BackupRefused",
        "FlagRefused",
        "FlowsRefused",
        "PersonRefused",
        "PractitionerRefused",
        "Refused",
        "SettingsError",
    }
)
OF_THE_DATABASE = ("DatabaseError", "OperationalError", "ProgrammingError")
NO_TABLES = ("no such table", "no such column", "UndefinedTable", "UndefinedColumn")
RELEASE = "The database is not up to date: run python -m bot release."
UNREACHABLE = (
    "The database cannot be used just now: it is not there, too busy, or refuses us. "
    "Look at DATABASE_URL, and whether the server runs."
)


def said(error: Exception) -> str | None:
    """The sentences to print, or None where it is our own fault and a traceback helps."""
    kind = type(error)
    if kind.__name__ in SPEAKS_FOR_ITSELF and kind.__module__.startswith("bot."):
        return str(error)
    if kind.__module__.startswith("sqlalchemy") and kind.__name__ in OF_THE_DATABASE:
        # Never its own words: they hold the statement and the values in it.
        orig = getattr(error, "orig", None)
        about = f"{type(orig).__name__} {orig}"
        missing = any(each in about for each in NO_TABLES)
        return RELEASE if missing else UNREACHABLE if kind.__name__ != "ProgrammingError" else None
    return None
