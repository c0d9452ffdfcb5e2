"""The outbox: the one place that sends. Rows in, texts out; what became of each is written on its row.

A row remembers, a claim decides: delivering the same rows once or ten times, by one
process or by ten, sends each text once.
"""

from bot.outbox.deliver import deliver
from bot.outbox.receipts import record, status
from bot.outbox.recover import recover
from bot.outbox.states import Counts
from bot.outbox.unconfirmed import confirm

__all__ = ["Counts", "confirm", "deliver", "record", "recover", "status"]
