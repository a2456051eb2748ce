"""Partners, activities, points and certificates, exports and daily sums; liaison persons who sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


BEFORE = "'administrator', 'committee', 'dispatcher', 'unit_lead', 'member', 'auditor'"
AFTER = "'administrator', 'committee', 'dispatcher', 'unit_lead', 'member', 'auditor', 'liaison'"


def upgrade() -> None:
    op.create_table(
        "figure_day",
        sa.Column("filed", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("dispatched", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("contacted", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("solved", sa.Integer(), nullable=False),
        sa.Column("in_time", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("late_desk", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("rated", sa.Integer(), nullable=False),
        sa.Column("unrated", sa.Integer(), nullable=False),
        sa.Column("valid", sa.Integer(), nullable=False),
        sa.Column("valid_contacted", sa.Integer(), nullable=False),
        sa.Column("valid_solved", sa.Integer(), nullable=False),
        sa.Column("level5", sa.Integer(), nullable=False),
        sa.Column("level4", sa.Integer(), nullable=False),
        sa.Column("level3", sa.Integer(), nullable=False),
        sa.Column("level2", sa.Integer(), nullable=False),
        sa.Column("level1", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("rectified", sa.Integer(), nullable=False),
        sa.Column("urges", sa.Integer(), nullable=False),
        sa.Column("supervised", sa.Integer(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("helpers", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("summed_by", sa.String(length=12), nullable=False),
        sa.Column("key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("root_id", "summed_by", "key", "day", name=op.f("pk_figure_day")),
    )
    op.create_table(
        "figure_line",
        sa.Column("filed", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("dispatched", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("contacted", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("solved", sa.Integer(), nullable=False),
        sa.Column("in_time", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("late_desk", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("rated", sa.Integer(), nullable=False),
        sa.Column("unrated", sa.Integer(), nullable=False),
        sa.Column("valid", sa.Integer(), nullable=False),
        sa.Column("valid_contacted", sa.Integer(), nullable=False),
        sa.Column("valid_solved", sa.Integer(), nullable=False),
        sa.Column("level5", sa.Integer(), nullable=False),
        sa.Column("level4", sa.Integer(), nullable=False),
        sa.Column("level3", sa.Integer(), nullable=False),
        sa.Column("level2", sa.Integer(), nullable=False),
        sa.Column("level1", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("rectified", sa.Integer(), nullable=False),
        sa.Column("urges", sa.Integer(), nullable=False),
        sa.Column("supervised", sa.Integer(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("helpers", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("spot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("request_id", "line", name=op.f("pk_figure_line")),
    )
    with op.batch_alter_table("figure_line", schema=None) as batch_op:
        batch_op.create_index("lines_by_day", ["root_id", "day", "request_id"], unique=False)
        batch_op.create_index(
            "lines_of_partner",
            ["partner_id", "day"],
            unique=False,
            sqlite_where=sa.text("partner_id IS NOT NULL"),
            postgresql_where=sa.text("partner_id IS NOT NULL"),
        )
        batch_op.create_index("lines_of_service", ["service_id", "day"], unique=False)
        batch_op.create_index("lines_of_spot", ["spot_id", "day"], unique=False)
        batch_op.create_index("lines_of_unit", ["unit_id", "day"], unique=False)

    op.create_table(
        "figure_state",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("upto", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seen_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seen_writers", sa.JSON(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calendars", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_state")),
    )
    op.create_table(
        "meeting_rhythm",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("a_quarter", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_rhythm")),
        sa.UniqueConstraint("root_id", "kind", "since", name=op.f("uq_meeting_rhythm_root_id_kind_since")),
    )
    op.create_table(
        "partner",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('enterprise', 'school', 'village', 'community', 'government', 'market', 'troop')",
            name=op.f("ck_partner_kind_known"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_partner_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
        sa.UniqueConstraint("root_id", "code", name=op.f("uq_partner_root_id_code")),
    )
    with op.batch_alter_table("partner", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_root_id"), ["root_id"], unique=False)

    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("no", sa.String(length=40), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("signed_by", sa.String(length=80), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("last_on > first_on", name=op.f("ck_agreement_days_in_order")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_agreement_made_by")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_agreement_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("root_id", "no", name=op.f("uq_agreement_root_id_no")),
    )
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreement_partner_id"), ["partner_id"], unique=False)

    op.create_table(
        "assessment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("scheme", sa.Integer(), nullable=False),
        sa.Column("tenths", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(length=10), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.Column("signed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(period) IN (4, 6)", name=op.f("ck_assessment_quarter_or_year")),
        sa.ForeignKeyConstraint(["signed_by"], ["person.id"], name=op.f("fk_assessment_signed_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assessment_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("root_id", "period", "unit_id", name=op.f("uq_assessment_root_id_period_unit_id")),
    )
    op.create_table(
        "assessment_scheme",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("cuts", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_assessment_scheme_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_scheme")),
        sa.UniqueConstraint("root_id", "version", name=op.f("uq_assessment_scheme_root_id_version")),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("no", sa.String(length=40), nullable=False),
        sa.Column("check_code", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("issued_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["issued_by"], ["person.id"], name=op.f("fk_certificate_issued_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certificate_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("root_id", "no", name=op.f("uq_certificate_root_id_no")),
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_person_id"), ["person_id"], unique=False)

    op.create_table(
        "declared_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("organiser", sa.String(length=80), nullable=False),
        sa.Column("evidence", sa.String(length=64), nullable=False),
        sa.Column("said", sa.String(length=1000), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'refused', 'withdrawn')", name=op.f("ck_declared_entry_state_known")
        ),
        sa.CheckConstraint("minutes BETWEEN 1 AND 1440", name=op.f("ck_declared_entry_minutes_sensible")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_declared_entry_person_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["person.id"], name=op.f("fk_declared_entry_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_entry")),
    )
    with op.batch_alter_table("declared_entry", schema=None) as batch_op:
        batch_op.create_index("declared_to_review", ["root_id", "state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_declared_entry_person_id"), ["person_id"], unique=False)

    op.create_table(
        "export",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("format", sa.String(length=5), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("masked", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'making', 'ready', 'failed', 'gone')", name=op.f("ck_export_state_known")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_export_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.create_index("exports_of_person", ["by_id", "id"], unique=False)
        batch_op.create_index("exports_to_make", ["state", "id"], unique=False)

    op.create_table(
        "list_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("volunteers", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('need', 'resource', 'project')", name=op.f("ck_list_item_kind_known")),
        sa.CheckConstraint("state IN ('open', 'matched', 'done', 'dropped')", name=op.f("ck_list_item_state_known")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_list_item_made_by")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_list_item_partner_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_list_item_service_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_list_item_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_item")),
    )
    with op.batch_alter_table("list_item", schema=None) as batch_op:
        batch_op.create_index("items_of_hospital", ["root_id", "kind", "state", "id"], unique=False)
        batch_op.create_index("items_of_partner", ["partner_id", "kind", "id"], unique=False)

    op.create_table(
        "pairing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('branch', 'person')", name=op.f("ck_pairing_kind_known")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_pairing_partner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pairing_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_pairing_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairing")),
    )
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pairing_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pairing_person_id"), ["person_id"], unique=False)
        batch_op.create_index("pairings_of_unit", ["root_id", "unit_id"], unique=False)

    op.create_table(
        "points_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("coefficient", sa.Float(), nullable=False),
        sa.Column("centipoints", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('request', 'activity', 'declared', 'reversal')", name=op.f("ck_points_entry_kind_known")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_points_entry_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_points_entry_person_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["points_entry.id"], name=op.f("fk_points_entry_reverses_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_points_entry_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_entry")),
    )
    with op.batch_alter_table("points_entry", schema=None) as batch_op:
        batch_op.create_index("entries_of_person", ["person_id", "year", "id"], unique=False)
        batch_op.create_index("entries_of_year", ["root_id", "year", "id"], unique=False)
        batch_op.create_index("one_entry_a_source", ["kind", "source_id", "turn"], unique=True)
        batch_op.create_index(
            "one_reversal_an_entry",
            ["reverses_id"],
            unique=True,
            sqlite_where=sa.text("reverses_id IS NOT NULL"),
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
        )

    op.create_table(
        "points_rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("centipoints_an_hour", sa.Integer(), nullable=False),
        sa.Column("cap_minutes", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_points_rules_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_rules")),
        sa.UniqueConstraint("root_id", "version", name=op.f("uq_points_rules_root_id_version")),
    )
    op.create_table(
        "public_list",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["published_by"], ["person.id"], name=op.f("fk_public_list_published_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_public_list_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_list")),
    )
    with op.batch_alter_table("public_list", schema=None) as batch_op:
        batch_op.create_index("lists_of_unit", ["root_id", "unit_id", "id"], unique=False)

    op.create_table(
        "rate_weights",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("response", sa.Float(), nullable=False),
        sa.Column("resolution", sa.Float(), nullable=False),
        sa.Column("satisfaction", sa.Float(), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_rate_weights_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_weights")),
        sa.UniqueConstraint("root_id", "since", name=op.f("uq_rate_weights_root_id_since")),
    )
    op.create_table(
        "report_words",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("period", sa.String(length=24), nullable=False),
        sa.Column("chapter", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_report_words_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_words")),
    )
    with op.batch_alter_table("report_words", schema=None) as batch_op:
        batch_op.create_index("words_of_report", ["root_id", "about", "period", "chapter", "id"], unique=False)

    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("person_times", sa.Integer(), nullable=True),
        sa.Column("materials", sa.Integer(), nullable=True),
        sa.Column("partner_volunteers", sa.Integer(), nullable=False),
        sa.Column("effect", sa.String(length=1000), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_why", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "kind IN ('service', 'members_meeting', 'committee_meeting', 'group_meeting', 'party_lesson', 'theme_day', 'study')",
            name=op.f("ck_activity_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'held', 'confirmed', 'cancelled')", name=op.f("ck_activity_state_known")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_activity_times_in_order")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_activity_confirmed_by")),
        sa.ForeignKeyConstraint(["lead_id"], ["person.id"], name=op.f("fk_activity_lead_id")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_activity_made_by")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_activity_partner_id")),
        sa.ForeignKeyConstraint(["project_id"], ["list_item.id"], name=op.f("fk_activity_project_id")),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_activity_request_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_activity_service_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_activity_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("request_id", name=op.f("uq_activity_request_id")),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index("activities_by_time", ["root_id", "starts_at", "id"], unique=False)
        batch_op.create_index("activities_confirmed", ["root_id", "confirmed_at", "id"], unique=False)
        batch_op.create_index("activities_of_partner", ["partner_id", "starts_at", "id"], unique=False)
        batch_op.create_index("activities_of_unit", ["unit_id", "starts_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_project_id"), ["project_id"], unique=False)

    op.create_table(
        "assessment_score",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assessment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("tenths", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_assessment_score_assessment_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_assessment_score_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_score")),
    )
    with op.batch_alter_table("assessment_score", schema=None) as batch_op:
        batch_op.create_index("scores_of_assessment", ["assessment_id", "item", "id"], unique=False)

    op.create_table(
        "item_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_item_link_two_items")),
        sa.ForeignKeyConstraint(["from_id"], ["list_item.id"], name=op.f("fk_item_link_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["list_item.id"], name=op.f("fk_item_link_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_link")),
        sa.UniqueConstraint("from_id", "to_id", name=op.f("uq_item_link_from_id_to_id")),
    )
    with op.batch_alter_table("item_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_link_to_id"), ["to_id"], unique=False)

    op.create_table(
        "objection",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("list_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("answered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_objection_answered_by")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_objection_by_id")),
        sa.ForeignKeyConstraint(["list_id"], ["public_list.id"], name=op.f("fk_objection_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_objection_list_id"), ["list_id"], unique=False)

    op.create_table(
        "partner_request",
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("need_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("venue", sa.String(length=120), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("equipment", sa.String(length=300), nullable=False),
        sa.Column("risks", sa.String(length=300), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("came", sa.Integer(), nullable=True),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_partner_request_confirmed_by")),
        sa.ForeignKeyConstraint(["need_id"], ["list_item.id"], name=op.f("fk_partner_request_need_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_partner_request_partner_id")),
        sa.ForeignKeyConstraint(["project_id"], ["list_item.id"], name=op.f("fk_partner_request_project_id")),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_partner_request_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_partner_request")),
    )
    with op.batch_alter_table("partner_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_request_need_id"), ["need_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_partner_request_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_partner_request_project_id"), ["project_id"], unique=False)

    op.create_table(
        "activity_photo",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("caption", sa.String(length=80), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_activity_photo_activity_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_activity_photo_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_photo")),
        sa.UniqueConstraint("activity_id", "digest", name=op.f("uq_activity_photo_activity_id_digest")),
    )
    op.create_table(
        "activity_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("verb", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_activity_step_activity_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_activity_step_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_step")),
    )
    with op.batch_alter_table("activity_step", schema=None) as batch_op:
        batch_op.create_index("steps_of_activity", ["activity_id", "id"], unique=False)

    op.create_table(
        "attendance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_how", sa.String(length=10), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint("minutes BETWEEN 0 AND 1440", name=op.f("ck_attendance_minutes_sensible")),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_attendance_activity_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_attendance_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("activity_id", "person_id", name=op.f("uq_attendance_activity_id_person_id")),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.create_index("attendances_of_person", ["person_id", "activity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attendance_root_id"), ["root_id"], unique=False)

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("agreement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(
            "told_of_agreement",
            ["person_id", "agreement_id"],
            unique=True,
            sqlite_where=sa.text("agreement_id IS NOT NULL"),
            postgresql_where=sa.text("agreement_id IS NOT NULL"),
        )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_person_partner_id"), ["partner_id"], unique=False)

    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(
            "filed_by_partner",
            ["partner_id", "id"],
            unique=False,
            sqlite_where=sa.text("partner_id IS NOT NULL"),
            postgresql_where=sa.text("partner_id IS NOT NULL"),
        )
    _let_be_liaison(AFTER)
    _tell_of_agreements(THREE)
    _keep_points()


def downgrade() -> None:
    op.execute("DELETE FROM role_grant WHERE role = 'liaison'")
    _let_be_liaison(BEFORE)
    op.execute("DELETE FROM notice WHERE agreement_id IS NOT NULL")
    _tell_of_agreements(TWO)
    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.drop_index(
            "filed_by_partner",
            sqlite_where=sa.text("partner_id IS NOT NULL"),
            postgresql_where=sa.text("partner_id IS NOT NULL"),
        )
        batch_op.drop_column("partner_id")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_partner_id"))
        batch_op.drop_column("partner_id")

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(
            "told_of_agreement",
            sqlite_where=sa.text("agreement_id IS NOT NULL"),
            postgresql_where=sa.text("agreement_id IS NOT NULL"),
        )
        batch_op.drop_column("agreement_id")

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendance_root_id"))
        batch_op.drop_index("attendances_of_person")

    op.drop_table("attendance")
    with op.batch_alter_table("activity_step", schema=None) as batch_op:
        batch_op.drop_index("steps_of_activity")

    op.drop_table("activity_step")
    op.drop_table("activity_photo")
    with op.batch_alter_table("partner_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partner_request_project_id"))
        batch_op.drop_index(batch_op.f("ix_partner_request_partner_id"))
        batch_op.drop_index(batch_op.f("ix_partner_request_need_id"))

    op.drop_table("partner_request")
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_objection_list_id"))

    op.drop_table("objection")
    with op.batch_alter_table("item_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_link_to_id"))

    op.drop_table("item_link")
    with op.batch_alter_table("assessment_score", schema=None) as batch_op:
        batch_op.drop_index("scores_of_assessment")

    op.drop_table("assessment_score")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_project_id"))
        batch_op.drop_index("activities_of_unit")
        batch_op.drop_index("activities_of_partner")
        batch_op.drop_index("activities_confirmed")
        batch_op.drop_index("activities_by_time")

    op.drop_table("activity")
    with op.batch_alter_table("report_words", schema=None) as batch_op:
        batch_op.drop_index("words_of_report")

    op.drop_table("report_words")
    op.drop_table("rate_weights")
    with op.batch_alter_table("public_list", schema=None) as batch_op:
        batch_op.drop_index("lists_of_unit")

    op.drop_table("public_list")
    op.drop_table("points_rules")
    with op.batch_alter_table("points_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "one_reversal_an_entry",
            sqlite_where=sa.text("reverses_id IS NOT NULL"),
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
        )
        batch_op.drop_index("one_entry_a_source")
        batch_op.drop_index("entries_of_year")
        batch_op.drop_index("entries_of_person")

    op.drop_table("points_entry")
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        batch_op.drop_index("pairings_of_unit")
        batch_op.drop_index(batch_op.f("ix_pairing_person_id"))
        batch_op.drop_index(batch_op.f("ix_pairing_partner_id"))

    op.drop_table("pairing")
    with op.batch_alter_table("list_item", schema=None) as batch_op:
        batch_op.drop_index("items_of_partner")
        batch_op.drop_index("items_of_hospital")

    op.drop_table("list_item")
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.drop_index("exports_to_make")
        batch_op.drop_index("exports_of_person")

    op.drop_table("export")
    with op.batch_alter_table("declared_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_declared_entry_person_id"))
        batch_op.drop_index("declared_to_review")

    op.drop_table("declared_entry")
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_person_id"))

    op.drop_table("certificate")
    op.drop_table("assessment_scheme")
    op.drop_table("assessment")
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agreement_partner_id"))

    op.drop_table("agreement")
    with op.batch_alter_table("partner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partner_root_id"))

    op.drop_table("partner")
    op.drop_table("meeting_rhythm")
    op.drop_table("figure_state")
    with op.batch_alter_table("figure_line", schema=None) as batch_op:
        batch_op.drop_index("lines_of_unit")
        batch_op.drop_index("lines_of_spot")
        batch_op.drop_index("lines_of_service")
        batch_op.drop_index(
            "lines_of_partner",
            sqlite_where=sa.text("partner_id IS NOT NULL"),
            postgresql_where=sa.text("partner_id IS NOT NULL"),
        )
        batch_op.drop_index("lines_by_day")

    op.drop_table("figure_line")
    op.drop_table("figure_day")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION points_are_for_ever")


def _let_be_liaison(words: str) -> None:
    with op.batch_alter_table("role_grant") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_role_grant_role_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_role_grant_role_known"), f"role IN ({words})")


def _keep_points() -> None:
    """A line of the points ledger is never changed and never deleted."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION points_are_for_ever() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'points are append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER points_are_for_ever BEFORE UPDATE OR DELETE ON points_entry "
            "FOR EACH ROW EXECUTE FUNCTION points_are_for_ever()"
        )
    else:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER points_never_{act.lower()} BEFORE {act} ON points_entry "
                "BEGIN SELECT RAISE(ABORT, 'points are append-only'); END"
            )


TWO = "(step_id IS NULL) <> (post_id IS NULL)"
THREE = (
    "CASE WHEN step_id IS NULL THEN 0 ELSE 1 END + CASE WHEN post_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN agreement_id IS NULL THEN 0 ELSE 1 END = 1"
)


def _tell_of_agreements(one_thing: str) -> None:
    """A notice is about one of so many things."""
    with op.batch_alter_table("notice") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_notice_about_one_thing"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_notice_about_one_thing"), one_thing)
