"""`python -m bench` runs all of it; `python -m bench sweep` one part."""

import sys

from bench import pure, sends, sweep, webhook

PARTS = {"webhook": webhook.run, "pure": pure.run, "sweep": sweep.run, "sends": sends.run}

for part in sys.argv[1:] or PARTS:
    print(part)
    PARTS[part]()
