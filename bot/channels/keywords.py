"""Words that the provider answers by itself, and what it took a text for. Pure.

Twilio (help article "support for opt-out keywords", and its Advanced Opt-Out tutorial): by SMS a message that is one
of these words and nothing else is answered by Twilio, and still reaches us; "STOP PLEASE" is no such message. On
WhatsApp it answers nothing unless Advanced Opt-Out is on for the Messaging Service, and then ``OptOutType`` says so,
for any word in any language.
"""

from bot.channels import Inbound

STOP, START, HELP = "STOP", "START", "HELP"
# YES is not here: it answers a question of ours. For somebody whom Twilio has stopped it is START there
# (``receiving``).
BARE = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"), STOP),
    **dict.fromkeys(("start", "unstop"), START),
    **dict.fromkeys(("help", "info"), HELP),
}
# Typed alone as an answer, they stop the texts all the same: whoever looks after the person should know.
EASILY_MEANT_OTHERWISE = frozenset({"cancel", "end", "quit"})
YES = "yes"


def bare(body: str) -> str:
    """A text as Twilio compares it: whole, whatever its case."""
    return body.strip().casefold()


def taken_for(inbound: Inbound) -> str | None:
    """STOP, START or HELP where the provider took the text for that, and has answered it; else None.

    ``OptOutType`` decides, whatever the text says. On the phone's page there is no provider.
    """
    if inbound.sender.startswith("phone:"):
        return None
    if inbound.opt_out_type in (STOP, START, HELP):
        return inbound.opt_out_type
    return BARE.get(bare(inbound.body)) if inbound.channel == "sms" else None


def stops_there(words: str | None, channel: str) -> bool:
    """Whether an opt-out in these words is one that the provider knows of, without being told by us."""
    return channel == "sms" and words is not None and BARE.get(bare(words)) == STOP
