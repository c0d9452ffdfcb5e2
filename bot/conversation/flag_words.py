"""What may be noted about a flag in one tap: what got in the way, why it is quiet, what would help. Pure.

Codes are kept, words are shown. The words name what happened to somebody, never what somebody is.
"""

from collections.abc import Mapping


def N_(words: str) -> str:
    """Words to be translated where they are shown: Babel's tools collect them by this name."""
    return words


# What got in the way, if anything. Where a step has the same, it has the same code (``reading.barrier``).
BARRIERS: Mapping[str, str] = {
    "travel": N_("The cost of travel"),
    "childcare": N_("Childcare"),
    "credit": N_("No credit or data"),
    "health": N_("Health"),
    "housing": N_("Housing"),
    "sanction": N_("Benefit rules"),
    "vacancies": N_("No vacancies"),
    "discrimination": N_("Discrimination"),
    "service": N_("Our own service"),
    "nothing": N_("Nothing got in the way"),
    "other": N_("Something else"),
}
# A silence has several meanings; whoever knows which says so in one tap.
SILENCES: Mapping[str, str] = {
    "sorted": N_("They have what they need"),
    "working": N_("They are working"),
    "credit": N_("No credit or data"),
    "shared_phone": N_("Others use this phone"),
    "robot": N_("They think it is only a robot"),
    "other_help": N_("They have help elsewhere"),
    "wants_out": N_("They want no more texts"),
}
# Why any other flag was none to worry about.
WAVED_AWAY: Mapping[str, str] = {
    "sorted": N_("It is sorted"),
    "known": N_("I knew already"),
    "usual": N_("That is usual for them"),
    "misread": N_("The bot understood it wrongly"),
}
# Asked at the third time that one flag is put off.
HELPS: Mapping[str, str] = {
    "talk_it_over": N_("Talking it over with my lead"),
    "other_way": N_("Another way to reach them"),
    "somebody_else": N_("Somebody else to try"),
    "barrier_gone": N_("Something out of their way first"),
    "time": N_("Only more time"),
}


def reasons(kind: str) -> Mapping[str, str]:
    """The reasons that are offered for a flag of this kind."""
    return SILENCES if kind in ("quiet", "not_started") else WAVED_AWAY
