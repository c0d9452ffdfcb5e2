"""What tests of commands enter: a practitioner, and a file with one person in it."""

HEADER = "scheme,practitioner_email,first_name,mobile,channel,language,consent_by,consent_at"
AMINA = "tyneside,sam@example.org,Amina,07700 900001,sms,en,Sam,2025-11-20"
SAM = [
    *("practitioners", "add", "--scheme", "tyneside", "--email", "sam@example.org"),
    *("--first-name", "Sam", "--phone", "0191 498 0000", "--hours", "Mon-Fri 09:00-17:00"),
]
BY = ("--by", "sam@example.org")
