"""A scheme's own settings (``flows/<scheme>/scheme.yaml``), once read: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly working hours: for each weekday (0 is Monday) when work begins and ends, local time."""

    by_weekday: Mapping[int, tuple[time, time]]
    words: str  # as a person reads them: "Mon-Fri 9-5"


@dataclass(frozen=True, slots=True)
class DutyContact:
    """Who is told of a safety flag when the practitioner does not answer, in this order."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Caps:
    """How many unasked texts may leave. They fail closed."""

    person_day: int = 2
    person_week: int = 3
    scheme_day: int = 5000
    all_day: int = 20000


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a flag is raised. Days count from delivered texts."""

    quiet_days: int = 12
    quiet_days_sooner: int = 7
    last_text_days: int = 21
    try_again_days: int = 90
    low_confidence: int = 2
    confidence_fall: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """Who answers for what is kept, for the page that ``link`` leads to."""

    run_by: str
    contact: str
    complaints: str = ""  # where to complain; ``contact`` where nothing is said
    basis: str = ""  # why the law lets it, in plain words: its data protection officer decides
    shared_with: tuple[str, ...] = ()  # whom the scheme tells anything of people, by agreement or duty


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    key: str
    name: str  # as texts say it: at most 16 characters
    link: str  # the one fixed page
    hours: Hours
    duty_contacts: tuple[DutyContact, ...]
    safeguarding_lead: str
    languages: tuple[str, ...] = ("en",)
    zone: str = "Europe/London"
    quiet_from: time = time(20, 0)
    quiet_until: time = time(9, 0)
    # Default window for check-ins nobody chose a time for.
    check_in_weekday: int = 1
    check_in_time: time = time(11, 0)
    check_in_window: tuple[time, time] = (time(10, 0), time(18, 30))
    every_weeks: int = 1
    holidays_of: str = "England"
    holidays: frozenset[date] = frozenset()  # bank holidays and the scheme's own, every year it knows
    thresholds: Thresholds = field(default_factory=Thresholds)
    caps: Caps = field(default_factory=Caps)
    # Months after the last contact until people's words go, and until a safety flag goes with their name.
    retention_months: int = 12
    safeguarding_months: int = 72
    privacy: Privacy | None = None
    digest_detail: str = "names"  # names | words | codes
    digest_time: time = time(8, 30)
    person_word: str = "person"
    consent_wording: Mapping[str, str] = field(default_factory=dict)
    # Numbers a text may give: listening_line, text_line, health_line, abuse_line.
    helplines: Mapping[str, str] = field(default_factory=dict)
    # Ids at Twilio of the approved templates, by name and language; None where the scheme does not use WhatsApp.
    whatsapp_templates: Mapping[str, Mapping[str, str]] | None = None

    @property
    def uses_whatsapp(self) -> bool:
        return self.whatsapp_templates is not None

    def template_ids(self, name: str) -> Mapping[str, str]:
        """The ids of one template by language; "" is an id that was written without one."""
        return (self.whatsapp_templates or {}).get(name, {})
