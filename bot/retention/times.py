"""How long things are kept. The documents for data protection officers are tested against these."""

from calendar import monthrange
from datetime import datetime, timedelta

# Delivery logs, mails, texts of strangers, and the provider's copies of texts.
LOGS = timedelta(days=90)
# A scheme's retention_months is at most this; so old, texts go even of those who are still with it.
CEILING_MONTHS = 24
# Consents, opt-outs, erasures, and the record without words and name.
CONSENT_MONTHS = 72
# A magic link that has run out.
TOKENS = timedelta(days=1)


def months_before(now: datetime, months: int) -> datetime:
    """The same day so many months ago, or the last day of a month that is too short."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))
