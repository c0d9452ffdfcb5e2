"""What is kept goes when its time is over, a little every night. ``docs/record-of-processing.md`` has the table.

1. Words and names go ``retention_months`` after the last contact, whatever state somebody was left in.
2. Delivery logs, mails and strangers' texts go after 90 days, and the provider's copies of texts with them.
3. Of whoever is still with the scheme, texts older than 24 months.
4. Consents, stops and the bare record go after six years; a safety flag by the scheme's own policy.

Each person in a transaction of their own, in the scheme's quiet hours; killed half-way, the next turn finds the
rest. Whoever has an open safety flag is left as they are.
"""

from bot.retention.nights import MOST, due, next_night, preview, run

__all__ = ["MOST", "due", "next_night", "preview", "run"]
