"""Asks, waves, the waiting list, when members are free, proposals; what a request wishes of its helper."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "weights",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("intercept", sa.Float(), nullable=False),
        sa.Column("slope", sa.Float(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("log_hash", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weights")),
        sa.UniqueConstraint("root_id", "version", name=op.f("uq_weights_root_id_version")),
    )
    op.create_table(
        "ask_count",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("recent", sa.Float(), nullable=False),
        sa.Column("recent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_asked", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ask_count_person_id")),
        sa.PrimaryKeyConstraint("person_id", "category", name=op.f("pk_ask_count")),
    )
    with op.batch_alter_table("ask_count", schema=None) as batch_op:
        batch_op.create_index("counts_of_service", ["root_id", "category"], unique=False)

    op.create_table(
        "ask_dials",
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("equity", sa.Float(), nullable=False),
        sa.Column("ask_cap", sa.Float(), nullable=False),
        sa.Column("hours_cap", sa.Float(), nullable=False),
        sa.Column("target_fast", sa.Float(), nullable=False),
        sa.Column("target_slow", sa.Float(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_to", sa.Integer(), nullable=False),
        sa.Column("clearance", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_ask_dials_changed_by")),
        sa.ForeignKeyConstraint(["root_id"], ["unit.id"], name=op.f("fk_ask_dials_root_id")),
        sa.PrimaryKeyConstraint("root_id", name=op.f("pk_ask_dials")),
    )
    op.create_table(
        "availability",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("weekly", sa.JSON(), nullable=True),
        sa.Column("muted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hours_cap", sa.Float(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_availability_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_availability")),
    )
    with op.batch_alter_table("availability", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_availability_root_id"), ["root_id"], unique=False)

    op.create_table(
        "leave",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_leave_days_in_order")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_leave_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
    )
    with op.batch_alter_table("leave", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leave_person_id"), ["person_id"], unique=False)

    op.create_table(
        "licence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["checked_by"], ["person.id"], name=op.f("fk_licence_checked_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_licence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence")),
        sa.UniqueConstraint("person_id", "skill", name=op.f("uq_licence_person_id_skill")),
    )
    with op.batch_alter_table("licence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_licence_root_id"), ["root_id"], unique=False)

    op.create_table(
        "proposal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("weights", sa.Integer(), nullable=False),
        sa.Column("pins", sa.JSON(), nullable=False),
        sa.Column("forbidden", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("taken", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_proposal_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_proposal_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index("proposals_by_time", ["root_id", "at"], unique=False)

    op.create_table(
        "ask",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("p", sa.Float(), nullable=False),
        sa.Column("weights", sa.Integer(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "answer IN ('waiting', 'accepted', 'declined', 'unanswered', 'withdrawn')", name=op.f("ck_ask_answer_known")
        ),
        sa.CheckConstraint("purpose IN ('slot', 'cover', 'helper')", name=op.f("ck_ask_purpose_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ask_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_ask_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask")),
    )
    with op.batch_alter_table("ask", schema=None) as batch_op:
        batch_op.create_index(
            "asked_once",
            ["request_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("answer <> 'withdrawn'"),
            postgresql_where=sa.text("answer <> 'withdrawn'"),
        )
        batch_op.create_index("asks_by_time", ["root_id", "asked_at"], unique=False)
        batch_op.create_index("asks_of_person", ["person_id", "asked_at", "id"], unique=False)
        batch_op.create_index("asks_of_request", ["request_id", "person_id"], unique=False)
        batch_op.create_index(
            "one_open_ask_a_person",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("answer = 'waiting'"),
            postgresql_where=sa.text("answer = 'waiting'"),
        )

    op.create_table(
        "waiting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("place IN ('waiting', 'moved_up', 'left')", name=op.f("ck_waiting_place_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_waiting_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_waiting_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
        sa.UniqueConstraint("request_id", "person_id", name=op.f("uq_waiting_request_id_person_id")),
    )
    with op.batch_alter_table("waiting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waiting_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "waiting_by_turn",
            ["request_id", "id"],
            unique=False,
            sqlite_where=sa.text("place = 'waiting'"),
            postgresql_where=sa.text("place = 'waiting'"),
        )

    op.create_table(
        "wave",
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asking", sa.String(length=12), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "asking IN ('running', 'filled', 'handed_back', 'stopped')", name=op.f("ck_wave_asking_known")
        ),
        sa.CheckConstraint("purpose IN ('slot', 'cover', 'helper')", name=op.f("ck_wave_purpose_known")),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_wave_request_id")),
        sa.PrimaryKeyConstraint("request_id", "purpose", name=op.f("pk_wave")),
    )
    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.create_index(
            "waves_due",
            ["next_at", "request_id"],
            unique=False,
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )

    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cover_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "claims_held",
            ["root_id", "person_id"],
            unique=False,
            sqlite_where=sa.text("status = 'active'"),
            postgresql_where=sa.text("status = 'active'"),
        )
        batch_op.create_index(
            "cover_sought",
            ["request_id"],
            unique=False,
            sqlite_where=sa.text("cover_asked_at IS NOT NULL"),
            postgresql_where=sa.text("cover_asked_at IS NOT NULL"),
        )
        batch_op.create_index(
            "served_lately",
            ["root_id", "ended_at"],
            unique=False,
            sqlite_where=sa.text("status = 'done'"),
            postgresql_where=sa.text("status = 'done'"),
        )

    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.add_column(sa.Column("minutes", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("spacing", sa.Integer(), nullable=True))

    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("helper_gender", sa.String(length=1), server_default=sa.text("''"), nullable=False)
        )
        batch_op.add_column(sa.Column("gender_strict", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        batch_op.add_column(sa.Column("nudged_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("helper_offered_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.drop_column("helper_offered_at")
        batch_op.drop_column("nudged_at")
        batch_op.drop_column("gender_strict")
        batch_op.drop_column("helper_gender")

    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.drop_column("spacing")
        batch_op.drop_column("minutes")

    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index(
            "served_lately", sqlite_where=sa.text("status = 'done'"), postgresql_where=sa.text("status = 'done'")
        )
        batch_op.drop_index(
            "cover_sought",
            sqlite_where=sa.text("cover_asked_at IS NOT NULL"),
            postgresql_where=sa.text("cover_asked_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "claims_held", sqlite_where=sa.text("status = 'active'"), postgresql_where=sa.text("status = 'active'")
        )
        batch_op.drop_column("cover_asked_at")

    with op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.drop_index(
            "waves_due", sqlite_where=sa.text("next_at IS NOT NULL"), postgresql_where=sa.text("next_at IS NOT NULL")
        )

    op.drop_table("wave")
    with op.batch_alter_table("waiting", schema=None) as batch_op:
        batch_op.drop_index(
            "waiting_by_turn", sqlite_where=sa.text("place = 'waiting'"), postgresql_where=sa.text("place = 'waiting'")
        )
        batch_op.drop_index(batch_op.f("ix_waiting_person_id"))

    op.drop_table("waiting")
    with op.batch_alter_table("ask", schema=None) as batch_op:
        batch_op.drop_index(
            "one_open_ask_a_person",
            sqlite_where=sa.text("answer = 'waiting'"),
            postgresql_where=sa.text("answer = 'waiting'"),
        )
        batch_op.drop_index("asks_of_request")
        batch_op.drop_index("asks_of_person")
        batch_op.drop_index("asks_by_time")
        batch_op.drop_index(
            "asked_once",
            sqlite_where=sa.text("answer <> 'withdrawn'"),
            postgresql_where=sa.text("answer <> 'withdrawn'"),
        )

    op.drop_table("ask")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index("proposals_by_time")

    op.drop_table("proposal")
    with op.batch_alter_table("licence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_licence_root_id"))

    op.drop_table("licence")
    with op.batch_alter_table("leave", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_leave_person_id"))

    op.drop_table("leave")
    with op.batch_alter_table("availability", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_availability_root_id"))

    op.drop_table("availability")
    op.drop_table("ask_dials")
    with op.batch_alter_table("ask_count", schema=None) as batch_op:
        batch_op.drop_index("counts_of_service")

    op.drop_table("ask_count")
    op.drop_table("weights")
