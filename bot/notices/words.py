"""The kinds of trouble in plain sentences: what happened, and what to do. Pure.

Read by whoever runs the machine, perhaps at night: no name, number or word of anybody's, and nothing to look up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What the operator can be told. The values are kept in rows, and are the labels of ``/metrics``."""

    SETTING = "setting"
    AUTH = "auth"
    INBOUND_LIST = "inbound_list"
    LATE_TEXT = "late_text"
    DUTY = "duty"
    UNHANDLED = "unhandled"
    GIVEN_UP = "given_up"
    TEMPLATE = "template"
    NEW_CODE = "new_code"
    CAP_50 = "cap_50"
    CAP_80 = "cap_80"
    CAP_100 = "cap_100"
    SPEND = "spend"
    CLOCK = "clock"
    COPY = "copy"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Trouble:
    """``title`` is the subject. ``counted`` names one and several of what was met; "" where a count says nothing.

    What is counted is told after ``gather``.
    """

    title: str
    happened: str
    do: str
    counted: tuple[str, str] = ("", "")
    gather: timedelta = timedelta(minutes=5)


CAPPED = (
    "The limits are in the scheme's scheme.yaml (caps). See whether so many texts are meant: a scheme that grows needs "
    "a higher limit, and texts that nobody can explain are a reason to stop and look."
)

TROUBLES: Mapping[Kind, Trouble] = {
    Kind.SETTING: Trouble(
        "texts were refused for a setting of ours",
        "The provider refuses texts for a reason that is ours and not the person's.",
        "Mend what the code says, here or in the provider's console. Texts that it did not take wait, and are tried "
        "again every hour by themselves; those it took and then refused are asked again the next day.",
        ("text was refused", "texts were refused"),
    ),
    Kind.AUTH: Trouble(
        "the provider does not accept our credentials",
        "The provider does not accept our account or token, or has suspended the account: nothing can be sent, and "
        "what people write may not be read.",
        "Compare TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN with the provider's console, and look there whether the "
        "account is suspended or out of money. Texts wait, and are tried again every hour.",
        ("text waits", "texts wait"),
    ),
    Kind.INBOUND_LIST: Trouble(
        "the list of what people wrote cannot be read",
        "For an hour and longer the provider's list of texts that came in could not be read. What people write still "
        "comes by webhook; but nobody is called quiet until the list has been read again.",
        "Look at the provider's status page and at our way out to the internet; the log names the reason.",
    ),
    Kind.LATE_TEXT: Trouble(
        "a text that came in could not be kept",
        "A text is in the provider's list, and keeping it here fails each time. Somebody is waiting for an answer, and "
        "nobody here has seen what they wrote.",
        "Read it in the provider's console now: it may be about somebody's safety. The log has its id there (\"a late "
        'text could not be taken"), and what fails. It is tried again every few minutes, for a week.',
    ),
    Kind.UNHANDLED: Trouble(
        "a text that came in could not be handled",
        "A text is kept, and what cannot wait was done (a stop, a crisis). The rest of what follows from it fails.",
        'The log tells what fails ("a text could not be handled"). The text is tried again by itself, more and more '
        "seldom, for a week; what mends it is most likely a fault in a flow or in our code.",
        ("text could not be handled", "texts could not be handled"),
    ),
    Kind.DUTY: Trouble(
        "something that was due could not be done",
        "A check-in, a nudge, a flag or a digest was due, and doing it fails. It is put off by an hour each time; "
        "everybody else is looked after.",
        'The log tells what fails and where ("put off an hour: a duty failed", with the id of the row). It is a fault '
        "of this software's: the person concerned may be waiting, so tell their practitioner, and report it.",
        ("time put off", "times put off"),
    ),
    Kind.GIVEN_UP: Trouble(
        "texts were given up",
        "The provider could not be reached, or would not say whether it had taken a text, for as long as sending it "
        "made sense.",
        "Nothing for these texts: each is shown as not sent, and a question is asked again the next day. If they "
        "are many, look at the provider's status page and at our way out to the internet.",
        ("text was given up", "texts were given up"),
        # Longer than it takes to know that it is the provider: one mail for one outage.
        gather=timedelta(minutes=70),
    ),
    Kind.TEMPLATE: Trouble(
        "WhatsApp wants an approved template",
        "WhatsApp refuses texts because the person has not written for 24 hours and no approved template was used.",
        "Have the template approved, and write its id into the scheme's scheme.yaml (whatsapp_templates). Until then "
        "such a text goes by SMS, where the person has agreed to that; else their practitioner is told.",
        ("text was refused", "texts were refused"),
    ),
    Kind.NEW_CODE: Trouble(
        "the provider answers with a code that we do not know",
        "The provider refused texts with a code that is not in our table, so it was taken for a fault of this "
        "one text.",
        "Look the code up in the provider's reference, and add it to bot/channels/codes.py.",
        ("text was refused", "texts were refused"),
    ),
    Kind.CAP_50: Trouble(
        "half of the day's texts are used", "Half of the texts that may leave in a day have left.", CAPPED
    ),
    Kind.CAP_80: Trouble(
        "four fifths of the day's texts are used", "80 in 100 of the texts that may leave in a day have left.", CAPPED
    ),
    Kind.CAP_100: Trouble(
        "the day's texts are used up",
        "As many texts as may leave in a day have left. What is unasked waits for tomorrow, or is dropped if that is "
        "too late. Answers, and texts for somebody's safety, still go.",
        CAPPED,
    ),
    Kind.SPEND: Trouble(
        "three times the usual number of texts",
        "Today three times as many unasked texts have left as on the same weekday of the weeks before.",
        "See whether that is meant: many new people, or a rhythm that was changed. If nobody can explain it, stop the "
        "worker and the clock, and look at the newest texts.",
    ),
    Kind.CLOCK: Trouble(
        "nothing is sent: the clock was moved back",
        "This machine's clock is more than five minutes behind what has already happened. Nothing is sent, or what was "
        "due would be due again. People who write are still answered.",
        "Put the clock right. If it was ahead before and is right now, say so: python -m bot tick --accept-clock",
    ),
    Kind.COPY: Trouble(
        "nothing is sent: this database was put back from a copy",
        "A copy does not know what left after it was made. Nothing is sent until that has been made good. People who "
        "write are still answered.",
        "Say so once the copy is where it is to stay: python -m bot restored",
    ),
    Kind.MAIL: Trouble(
        "a mail was refused",
        "A mail server refuses mail for an address of a practitioner or a duty contact, or our mail could not be sent "
        "for a day. Of a safety flag the next duty contact was told instead.",
        'The log names the mail by its id ("mail_not_sent"). Ask the scheme whether the address is still right, and '
        "whether its mail server takes mail from us.",
        ("mail was refused", "mails were refused"),
    ),
}

EXPLAINED_BY: Mapping[Kind, frozenset[Kind]] = {
    Kind.GIVEN_UP: frozenset({Kind.INBOUND_LIST, Kind.AUTH}),
    Kind.INBOUND_LIST: frozenset({Kind.AUTH}),
}
"""What is not told on a day on which one of these is: it is the same trouble."""
