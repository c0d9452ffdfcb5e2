"""Why a text was not sent, by a word on its row, and as whoever looks at it is told."""

from enum import StrEnum

from bot.conversation.flag_words import N_


class Reason(StrEnum):
    """Why a text was not sent, as kept on its row."""

    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    CLOSED = "closed"
    UNREACHABLE = "unreachable"
    PAUSED = "paused"
    RESTING = "resting"
    HELD = "held"
    NOT_SAFE = "not_safe"
    REPLIED = "replied"
    NUMBER_CHANGED = "number_changed"
    STALE = "stale"
    QUIET_HOURS = "quiet_hours"
    PERSON_DAY = "person_day"
    PERSON_WEEK = "person_week"
    SCHEME_DAY = "scheme_day"
    ALL_DAY = "all_day"
    # Beyond the gate: what became of it on the way.
    WHATSAPP_CLOSED = "whatsapp_closed"
    BY_SMS = "by_sms"
    SLOWED = "slowed"
    GAVE_UP = "gave_up"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NO_CALLBACK = "no_callback"
    ARRIVED = "arrived"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


SENTENCES = {
    Reason.NO_CONSENT: N_("They have not agreed to be texted here."),
    Reason.OPTED_OUT: N_("They asked for the texts to stop."),
    Reason.CLOSED: N_("Their record is closed."),
    Reason.UNREACHABLE: N_("Texts do not reach this number."),
    Reason.PAUSED: N_("They are having a break from texts."),
    Reason.RESTING: N_("Automatic texts are resting after a long silence."),
    Reason.HELD: N_("Automatic texts are held while a person is in touch."),
    Reason.NOT_SAFE: N_("They said it is not safe to text them."),
    Reason.REPLIED: N_("They had written in the meantime."),
    Reason.NUMBER_CHANGED: N_("They have another number now."),
    Reason.STALE: N_("It was too late to be of use."),
    Reason.QUIET_HOURS: N_("It was in the quiet hours where they are."),
    Reason.PERSON_DAY: N_("They had had enough texts that day."),
    Reason.PERSON_WEEK: N_("They had had enough texts that week."),
    Reason.SCHEME_DAY: N_("The scheme had reached its limit of texts for the day."),
    Reason.ALL_DAY: N_("The service had reached its limit of texts for the day."),
    Reason.SLOWED: N_("The provider asked us to send more slowly."),
    Reason.WHATSAPP_CLOSED: N_(
        "A day after their last message WhatsApp takes only an approved template; there is none "
        "for this text, and they did not agree to SMS."
    ),
    Reason.BY_SMS: N_("It went by SMS: a day after their last message WhatsApp takes only an approved template."),
    Reason.GAVE_UP: N_("The provider could not be reached, several times."),
    Reason.REFUSED: N_("The provider refused it."),
    Reason.UNKNOWN: N_("The provider did not say whether it took it, and it could not be found there."),
    Reason.NO_CALLBACK: N_("The answer was not taken by the provider in time."),
    Reason.ARRIVED: N_("The text that it was to replace had arrived after all."),
    Reason.WITHDRAWN: N_("Whoever wrote it took it back."),
    Reason.RESTORED: N_("The database was put back from a copy, and this may have left before."),
}
