"""What the operator is told: that something of ours wants mending, at most once a day for each kind and scheme.

Whoever meets a trouble notes it, in the transaction that met it: counted by the day, with no name, number or word of
anybody's. ``tell`` writes the mail. Where no OPERATOR_EMAIL is set, the log and ``/metrics`` are all there is.
"""

from bot.notices.notes import EVERYWHERE, note, note_once
from bot.notices.tell import MAIL, tell
from bot.notices.words import Kind

__all__ = ["EVERYWHERE", "MAIL", "Kind", "note", "note_once", "tell"]
