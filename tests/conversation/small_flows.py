"""A scheme small enough to read: one flow, the phrases that must be there, the settings."""

from bot.conversation.flow import OWN_PHRASES, WISHES
from bot.library import Library

SCHEME = """\
name: Tyneside Steps
link: steps.example.org
hours: Mon-Fri 09:00-17:00
duty_contacts:
  - {name: Jo, email: jo@example.org, phone: 01632 960101}
safeguarding_lead: Jo Ridley
helplines:
  listening_line: Samaritans 116 123
  text_line: SHOUT to 85258
  health_line: NHS 111 and pick option 2
  abuse_line: 0808 2000 247
consent_wording: Can we text you?
privacy: {run_by: Tyneside Steps, contact: privacy@example.org, complaints: complaints@example.org}
"""

PHRASES = "title: Phrases\nwishes:\n{}\nnodes:\n{}\n".format(
    "\n".join(f"  {wish}: fine" for wish in WISHES),
    "\n".join(f"  {name}: {{say: OK.}}" for name in (*OWN_PHRASES, "fine")),
)

WEEKLY = """\
title: Weekly check-in
nodes:
  how_sure:
    ask: "How sure are you, 0 to 10?"
    reply: scale
    keep: step.confidence
    whatsapp_template: weekly_checkin
    goto: {0-10: thanks, skip: thanks}
  thanks:
    say: "Thanks, {name}."
"""


def files(weekly: str = WEEKLY, **more: str) -> dict[str, str]:
    """The texts of a folder; a key of ``more`` is a file without ``.yaml``, with __ for the slash."""
    texts = {"weekly_check_in.yaml": weekly, "phrases.yaml": PHRASES, "t/scheme.yaml": SCHEME}
    return {**texts, **{f"{name.replace('__', '/')}.yaml": text for name, text in more.items()}}


def library(weekly: str = WEEKLY, **more: str) -> Library:
    return Library.of(files(weekly, **more))
