"""Everything that is remembered, and the triggers that keep history as it was."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Append-only. A person's history goes with the person, once their erasure is on record.
HISTORY = ("event", "consent_event")
ERASED = "EXISTS (SELECT 1 FROM erasure WHERE erasure.service_user_id = OLD.service_user_id)"


def upgrade() -> None:
    create_tables()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in HISTORY:
        for statement in sqlite_triggers(table) if sqlite else postgresql_triggers(table):
            op.execute(statement)


def sqlite_triggers(table: str) -> list[str]:
    refuse = f"SELECT RAISE(ABORT, '{table} is append-only')"
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {refuse}; END",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT {ERASED} BEGIN {refuse}; END",
    ]


def postgresql_triggers(table: str) -> list[str]:
    return [
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' AND {ERASED} THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE TRIGGER {table}_history BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only()",
        f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()",
    ]


def create_tables() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "scheme",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme")),
    )
    op.create_table(
        "tally",
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "day", name=op.f("pk_tally")),
    )
    op.create_table(
        "wording",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_wording")),
    )
    op.create_table(
        "email",
        sa.Column("to", sa.String(length=254), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("intention", sa.String(length=160), nullable=False),
        sa.Column("flag_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_email_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email")),
    )
    op.create_index(
        "ix_email_due",
        "email",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued','claimed')"),
        postgresql_where=sa.text("state IN ('queued','claimed')"),
    )
    op.create_index("uq_email_intention", "email", ["intention"], unique=True)
    op.create_table(
        "erasure",
        sa.Column("service_user_id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_erasure_scheme_id")),
        sa.PrimaryKeyConstraint("service_user_id", name=op.f("pk_erasure")),
    )
    op.create_table(
        "event",
        sa.Column("service_user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_event_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_at", "event", ["at"], unique=False)
    op.create_index("ix_event_person", "event", ["scheme_id", "service_user_id", "at"], unique=False)
    op.create_table(
        "flow_version",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_flow_version_scheme_id")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_flow_version")),
    )
    op.create_table(
        "practitioner",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("first_name", sa.String(length=60), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("hours", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("digest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_practitioner_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioner")),
        sa.UniqueConstraint("scheme_id", "email", name=op.f("uq_practitioner_scheme_id_email")),
        sa.UniqueConstraint("scheme_id", "id", name=op.f("uq_practitioner_scheme_id_id")),
    )
    op.create_index("ix_practitioner_digest_at", "practitioner", ["digest_at"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_suppression_scheme_id")),
        sa.PrimaryKeyConstraint("scheme_id", "address_hash", name=op.f("pk_suppression")),
    )
    op.create_table(
        "cover",
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("covered_by_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "covered_by_id"],
            ["practitioner.scheme_id", "practitioner.id"],
            name=op.f("fk_cover_scheme_id_covered_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id", "practitioner_id"],
            ["practitioner.scheme_id", "practitioner.id"],
            name=op.f("fk_cover_scheme_id_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_cover_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover")),
    )
    op.create_table(
        "digest",
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "practitioner_id"],
            ["practitioner.scheme_id", "practitioner.id"],
            name=op.f("fk_digest_scheme_id_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_digest_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("practitioner_id", "day", "turn", name=op.f("uq_digest_practitioner_id_day_turn")),
    )
    op.create_table(
        "service_user",
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("every_weeks", sa.Integer(), nullable=False),
        sa.Column("slot_weekday", sa.Integer(), nullable=True),
        sa.Column("slot_minute", sa.Integer(), nullable=True),
        sa.Column("next_check_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quiet_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resume_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_for", sa.String(length=20), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_person_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_automatic_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silent_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silence", sa.String(length=12), nullable=False),
        sa.Column("silence_stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("misread_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dream_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dream_held_back", sa.Boolean(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signposted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undelivered", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "state IN ('invited','active','paused','resting','opted_out','unreachable','closed')",
            name=op.f("ck_service_user_state"),
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id", "practitioner_id"],
            ["practitioner.scheme_id", "practitioner.id"],
            name=op.f("fk_service_user_scheme_id_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_service_user_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_user")),
        sa.UniqueConstraint("scheme_id", "id", name=op.f("uq_service_user_scheme_id_id")),
    )
    op.create_index("ix_service_user_next_check_in_at", "service_user", ["next_check_in_at"], unique=False)
    op.create_index("ix_service_user_practitioner", "service_user", ["scheme_id", "practitioner_id"], unique=False)
    op.create_index("ix_service_user_quiet_at", "service_user", ["quiet_at"], unique=False)
    op.create_index("ix_service_user_resume_at", "service_user", ["resume_at"], unique=False)
    op.create_table(
        "sign_in_token",
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "practitioner_id"],
            ["practitioner.scheme_id", "practitioner.id"],
            name=op.f("fk_sign_in_token_scheme_id_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_sign_in_token_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_token_hash")),
    )
    op.create_table(
        "address",
        sa.Column("service_user_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("sender", sa.String(length=120), nullable=True),
        sa.Column("consented", sa.Boolean(), nullable=False),
        sa.Column("unreachable_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "service_user_id"],
            ["service_user.scheme_id", "service_user.id"],
            name=op.f("fk_address_scheme_id_service_user_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_address_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
        sa.UniqueConstraint("scheme_id", "channel", "address", name=op.f("uq_address_scheme_id_channel_address")),
        sa.UniqueConstraint("scheme_id", "id", name=op.f("uq_address_scheme_id_id")),
    )
    op.create_index("ix_address_person", "address", ["scheme_id", "service_user_id"], unique=False)
    op.create_table(
        "check_in",
        sa.Column("service_user_id", sa.Uuid(), nullable=False),
        sa.Column("flow", sa.String(length=60), nullable=False),
        sa.Column("flow_version", sa.String(length=64), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(length=20), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["flow_version"], ["flow_version.hash"], name=op.f("fk_check_in_flow_version")),
        sa.ForeignKeyConstraint(
            ["scheme_id", "service_user_id"],
            ["service_user.scheme_id", "service_user.id"],
            name=op.f("fk_check_in_scheme_id_service_user_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_check_in_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.UniqueConstraint("scheme_id", "id", name=op.f("uq_check_in_scheme_id_id")),
    )
    op.create_index("ix_check_in_person", "check_in", ["scheme_id", "service_user_id", "started_at"], unique=False)
    op.create_index("ix_check_in_remind_at", "check_in", ["remind_at"], unique=False)
    op.create_index("ix_check_in_wake_at", "check_in", ["wake_at"], unique=False)
    op.create_index(
        "uq_check_in_open",
        "check_in",
        ["service_user_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "consent_event",
        sa.Column("service_user_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wording_hash", sa.String(length=64), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "service_user_id"],
            ["service_user.scheme_id", "service_user.id"],
            name=op.f("fk_consent_event_scheme_id_service_user_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_consent_event_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
    )
    op.create_index("ix_consent_person", "consent_event", ["scheme_id", "service_user_id"], unique=False)
    op.create_table(
        "dream",
        sa.Column("service_user_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "service_user_id"],
            ["service_user.scheme_id", "service_user.id"],
            name=op.f("fk_dream_scheme_id_service_user_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_dream_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dream")),
    )
    op.create_index("ix_dream_person", "dream", ["scheme_id", "service_user_id"], unique=False)
    op.create_table(
        "flag",
        sa.Column("service_user_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("loud", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=254), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=254), nullable=True),
        sa.Column("closed_why", sa.String(length=30), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "service_user_id"],
            ["service_user.scheme_id", "service_user.id"],
            name=op.f("fk_flag_scheme_id_service_user_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_flag_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
        sa.UniqueConstraint("scheme_id", "id", name=op.f("uq_flag_scheme_id_id")),
    )
    op.create_index("ix_flag_open", "flag", ["scheme_id", "closed_at", "kind"], unique=False)
    op.create_index("ix_flag_person", "flag", ["scheme_id", "service_user_id"], unique=False)
    op.create_index("ix_flag_wake_at", "flag", ["wake_at"], unique=False)
    op.create_index(
        "uq_flag_open",
        "flag",
        ["service_user_id", "kind"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL AND service_user_id IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NULL AND service_user_id IS NOT NULL"),
    )
    op.create_table(
        "step",
        sa.Column("service_user_id", sa.Uuid(), nullable=False),
        sa.Column("check_in_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("when_words", sa.Text(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("minute", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("helped", sa.Text(), nullable=True),
        sa.Column("barrier", sa.String(length=20), nullable=True),
        sa.Column("barrier_words", sa.Text(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "service_user_id"],
            ["service_user.scheme_id", "service_user.id"],
            name=op.f("fk_step_scheme_id_service_user_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_step_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
        sa.UniqueConstraint("scheme_id", "id", name=op.f("uq_step_scheme_id_id")),
    )
    op.create_index("ix_step_person", "step", ["scheme_id", "service_user_id", "set_at"], unique=False)
    op.create_table(
        "answer",
        sa.Column("service_user_id", sa.Uuid(), nullable=False),
        sa.Column("check_in_id", sa.Uuid(), nullable=True),
        sa.Column("step_id", sa.Uuid(), nullable=True),
        sa.Column("node", sa.String(length=120), nullable=False),
        sa.Column("kept_as", sa.String(length=30), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("certainty", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "check_in_id"],
            ["check_in.scheme_id", "check_in.id"],
            name=op.f("fk_answer_scheme_id_check_in_id"),
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id", "service_user_id"],
            ["service_user.scheme_id", "service_user.id"],
            name=op.f("fk_answer_scheme_id_service_user_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_answer_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    op.create_index("ix_answer_person", "answer", ["scheme_id", "service_user_id", "at"], unique=False)
    op.create_table(
        "message",
        sa.Column("service_user_id", sa.Uuid(), nullable=True),
        sa.Column("check_in_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("sender", sa.String(length=120), nullable=True),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=254), nullable=False),
        sa.Column("node", sa.String(length=120), nullable=True),
        sa.Column("template", sa.JSON(), nullable=True),
        sa.Column("media", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("intention", sa.String(length=120), nullable=True),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("reply_to_id", sa.Uuid(), nullable=True),
        sa.Column("via", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_up", sa.Integer(), nullable=False),
        sa.Column("not_sent_reason", sa.String(length=60), nullable=True),
        sa.Column("error_code", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_id", "check_in_id"],
            ["check_in.scheme_id", "check_in.id"],
            name=op.f("fk_message_scheme_id_check_in_id"),
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id", "service_user_id"],
            ["service_user.scheme_id", "service_user.id"],
            name=op.f("fk_message_scheme_id_service_user_id"),
        ),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_message_scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("scheme_id", "id", name=op.f("uq_message_scheme_id_id")),
    )
    op.create_index(
        "ix_message_due",
        "message",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued','claimed','submitting','unknown')"),
        postgresql_where=sa.text("state IN ('queued','claimed','submitting','unknown')"),
    )
    op.create_index("ix_message_person", "message", ["scheme_id", "service_user_id", "created_at"], unique=False)
    op.create_index("ix_message_reply_to", "message", ["reply_to_id"], unique=False)
    op.create_index("ix_message_unclaimed", "message", ["scheme_id", "address", "created_at"], unique=False)
    op.create_index("uq_message_intention", "message", ["intention"], unique=True)
    op.create_index("uq_message_provider_id", "message", ["provider_id"], unique=True)
