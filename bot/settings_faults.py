"""What can be wrong with the settings: a code for the reader, a sentence for the person who sets them.

No sentence repeats a value that may hold a password.
"""

NEW_KEY = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"

SENTENCES = {
    "environment": 'STEPALONG_ENV is {value}: write "development" or "production".',
    "channel": 'CHANNEL is {value}: write "phone" or "twilio".',
    "channel phone": 'CHANNEL is the phone on a page, which texts nobody: in production write "twilio".',
    "port": "PORT is {value}: write a number from 1 to 65535.",
    "public url missing": "PUBLIC_URL is not set: in production write the address Twilio reaches us at.",
    "public url open": "PUBLIC_URL is not encrypted: in production it starts with https://.",
    "web address": "{name} is not a web address: write it like https://check-ins.example.org.",
    "web address extra": "{name} holds more than an address: leave out a user, a password, a ? and a #.",
    "key missing": f"SECRET_KEY is not set: {NEW_KEY}.",
    "key short": f"SECRET_KEY has fewer than 32 characters: {NEW_KEY}.",
    "key empty": "{value} is empty, and a new key would forget who opted out: put it back from a copy.",
    "key unkept": "SECRET_KEY is not set and {value} cannot be used ({why}): set it, or mend the folder.",
    "database": "DATABASE_URL is not an address we can use: "
    "write postgresql://user:password@host/database or sqlite:///var/stepalong.db.",
    "database missing": "DATABASE_URL is not set: in production write the address of the database.",
    "database memory": "DATABASE_URL names no file, and several processes share the database: "
    "write it like sqlite:///var/stepalong.db.",
    "database folder": "DATABASE_URL names a file in a folder that is not there: make the folder {value}.",
    "database name": "DATABASE_URL names no database: write postgresql://user:password@host/database.",
    "database driver": "DATABASE_URL needs the driver psycopg, which is not installed: run make install.",
    "redis": "REDIS_URL is not an address we can use: write it like redis://localhost:6379/0.",
    "redis missing": "REDIS_URL is not set: in production write the address of the Redis server.",
    "sid missing": "{name} is not set: copy the one that begins with {prefix} from Twilio's console.",
    "sid": "{name} does not begin with {prefix}: copy the one that does from Twilio's console.",
    "token missing": "TWILIO_AUTH_TOKEN is not set: copy it from Twilio's console.",
    "senders missing": "SENDERS is not set: write whose number is whose, like tyneside=+447400999000.",
    "sender": "SENDERS holds {value}: write scheme=number, with the number in full, "
    "like tyneside=+447400999000 or tyneside=whatsapp:+447400999000.",
    # Whom a text is for is found by the number it was sent to.
    "sender shared": "SENDERS gives {value} to two schemes: a number belongs to one.",
    "sender scheme": "SENDERS names the scheme {value}, which has no folder under FLOWS_DIR: schemes here: {there}.",
    "flows": "FLOWS_DIR is {value}, which is not a folder: name the one that holds the schemes' flows.",
    "mail": "MAIL_URL is not an address we can use: write smtp://user:password@host:587 or file:var/mail.",
    "per second": "{name} is {value}: write how many texts a second may leave from one number, 1 to 9999.",
    "operator email": "OPERATOR_EMAIL is {value}: write one e-mail address.",
    "secret address": "{name} is not a web address: copy it whole from the service that gave it to you.",
    "mail kept": "MAIL_URL is not set to a mail server: in production write smtp://user:password@host:587.",
}


class SettingsError(Exception):
    """What is wrong with the settings: a sentence a fault, each saying where and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The settings are not right:\n" + "\n".join(f"  - {each}" for each in problems))
        self.problems = problems


def sentence(code: str, **facts: str) -> str:
    """The sentence for a fault, its facts fit to be repeated on a terminal."""
    return SENTENCES[code].format(**{key: _shown(fact) for key, fact in facts.items()})


def _shown(fact: str) -> str:
    short = fact if len(fact) <= 200 else f"{fact[:200]}..."
    return short.encode("unicode_escape").decode()
