"""The example cast, made by playing it: their past is what the bot itself would have written.

A clock of its own goes from the first enrolment to this moment, from alarm to alarm. At each stop the people
text what ``cast.yaml`` says, and a sweep does what is due. Nothing leaves the machine.

Everything is looked up in the database before it is done, so a run that was cut off is taken up where it
ended, and a second run changes nothing.
"""

from bot.models import Heartbeat
from bot.seed.play import Play, Sweep
from bot.service import Service

MARK = "seeded"


def seed(service: Service, sweep: Sweep) -> str:
    """Put the example cast into the database, with a past. Says what has been done; twice changes nothing."""
    with service.database.read() as db:
        if db.get(Heartbeat, MARK):
            return "the example cast is here already"
    play = Play(service, sweep, service.clock.now())
    play.run()
    with service.database.write() as db:
        db.add(Heartbeat(name=MARK, at=play.end, seconds=0))
    return f"the example cast is here: {', '.join(player.name for player in play.players)}"
