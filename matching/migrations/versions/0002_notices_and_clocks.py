"""Notices, posts, channels, clocks. Steps become their own outbox: what they say still never changes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SAYS = (
    "id, root_id, request_id, seq, at, verb, from_state, to_state, by_kind, by_id, unit_id, reason, note, detail, hash"
)

TAKEN = "UPDATE service_request SET taken_at = (SELECT min(at) FROM claim WHERE claim.request_id = service_request.id)"


def _keep(columns: str) -> None:
    """The database refuses to delete a Step or to change these of its columns."""
    of = f" OF {columns}" if columns else ""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER IF EXISTS steps_are_for_ever ON step")
        op.execute(
            f"CREATE TRIGGER steps_are_for_ever BEFORE UPDATE{of} OR DELETE ON step "
            "FOR EACH ROW EXECUTE FUNCTION steps_are_for_ever()"
        )
    else:
        for act in (f"UPDATE{of}", "DELETE"):
            name = act.partition(" ")[0].lower()
            op.execute(f"DROP TRIGGER IF EXISTS steps_never_{name}")
            op.execute(
                f"CREATE TRIGGER steps_never_{name} BEFORE {act} ON step "
                "BEGIN SELECT RAISE(ABORT, 'steps are never updated or deleted'); END"
            )


def upgrade() -> None:
    op.create_table(
        "promise",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("taken_seconds", sa.Integer(), nullable=True),
        sa.Column("done_seconds", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_taken", sa.Integer(), nullable=False),
        sa.Column("kept_taken", sa.Integer(), nullable=False),
        sa.Column("told_done", sa.Integer(), nullable=False),
        sa.Column("kept_done", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_promise_service_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_promise_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
        sa.UniqueConstraint("service_id", "unit_id", name=op.f("uq_promise_service_id_unit_id")),
    )
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promise_root_id"), ["root_id"], unique=False)

    op.create_table(
        "recount",
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("calendar", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["root_id"], ["unit.id"], name=op.f("fk_recount_root_id")),
        sa.PrimaryKeyConstraint("root_id", name=op.f("pk_recount")),
    )
    op.create_table(
        "amended_day",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_amended_day_by_id")),
        sa.ForeignKeyConstraint(["root_id"], ["unit.id"], name=op.f("fk_amended_day_root_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amended_day")),
        sa.UniqueConstraint("root_id", "day", name=op.f("uq_amended_day_root_id_day")),
    )
    op.create_table(
        "endpoint",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("verbs", sa.JSON(), nullable=False),
        sa.Column("added_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_sent", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "way IN ('mail', 'wecom_app', 'wecom_robot', 'feishu', 'dingtalk', 'webhook', 'push')",
            name=op.f("ck_endpoint_way_known"),
        ),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_endpoint_added_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_endpoint_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint")),
    )
    with op.batch_alter_table("endpoint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_endpoint_root_id"), ["root_id"], unique=False)

    op.create_table(
        "post",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('announcement', 'lesson')", name=op.f("ck_post_kind_known")),
        sa.CheckConstraint("minutes BETWEEN 0 AND 15", name=op.f("ck_post_minutes_sensible")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_post_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_post_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index("posts_by_time", ["root_id", "at"], unique=False)

    op.create_table(
        "preference",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sealed_mail", sa.LargeBinary(), nullable=True),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("by_wecom", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("digest_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_preference_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_preference")),
    )
    op.create_table(
        "follower",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request_secret.request_id"], name=op.f("fk_follower_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follower")),
        sa.UniqueConstraint("request_id", "way", "address_hash", name=op.f("uq_follower_request_id_way_address_hash")),
    )
    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.create_index("followers_of_request", ["request_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("words", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("repeated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(step_id IS NULL) <> (post_id IS NULL)", name=op.f("ck_notice_about_one_thing")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_notice_post_id")),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_notice_request_id")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_notice_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "post_id", name=op.f("uq_notice_person_id_post_id")),
        sa.UniqueConstraint("person_id", "step_id", name=op.f("uq_notice_person_id_step_id")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("notices_of_person", ["person_id", "at", "id"], unique=False)
        batch_op.create_index("notices_of_post", ["post_id"], unique=False)
        batch_op.create_index("notices_of_step", ["step_id"], unique=False)
        batch_op.create_index(
            "unread_of_person",
            ["person_id"],
            unique=False,
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )

    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("endpoint_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("follower_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("step_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("words", sa.String(length=40), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fate", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "fate IN ('waiting', 'sending', 'sent', 'unsure', 'dead')", name=op.f("ck_delivery_fate_known")
        ),
        sa.CheckConstraint(
            "way IN ('mail', 'wecom_app', 'wecom_robot', 'feishu', 'dingtalk', 'webhook', 'push')",
            name=op.f("ck_delivery_way_known"),
        ),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoint.id"], name=op.f("fk_delivery_endpoint_id")),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["follower.id"], name=op.f("fk_delivery_follower_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delivery_person_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_delivery_post_id")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_delivery_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("root_id", "key", name=op.f("uq_delivery_root_id_key")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(
            "deliveries_by_fate",
            ["root_id", "fate", "id"],
            unique=False,
            sqlite_where=sa.text("fate IN ('unsure', 'dead')"),
            postgresql_where=sa.text("fate IN ('unsure', 'dead')"),
        )
        batch_op.create_index(
            "deliveries_due",
            ["next_try_at", "id"],
            unique=False,
            sqlite_where=sa.text("next_try_at IS NOT NULL"),
            postgresql_where=sa.text("next_try_at IS NOT NULL"),
        )
        batch_op.create_index(
            "deliveries_to_follower",
            ["follower_id"],
            unique=False,
            sqlite_where=sa.text("follower_id IS NOT NULL"),
            postgresql_where=sa.text("follower_id IS NOT NULL"),
        )

    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("promised_taken_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("promised_done_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "fulfilled",
            ["root_id", "completed_at", "id"],
            unique=False,
            sqlite_where=sa.text("completed_at IS NOT NULL"),
            postgresql_where=sa.text("completed_at IS NOT NULL"),
        )
        batch_op.create_index(
            "listed_by_due",
            ["root_id", "due_at", "id"],
            unique=False,
            sqlite_where=sa.text("listed_at IS NOT NULL"),
            postgresql_where=sa.text("listed_at IS NOT NULL"),
        )
        batch_op.create_index(
            "replies_by_due",
            ["root_id", "reply_due_at", "id"],
            unique=False,
            sqlite_where=sa.text("reply_due_at IS NOT NULL"),
            postgresql_where=sa.text("reply_due_at IS NOT NULL"),
        )

    with op.batch_alter_table("step", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("trouble", sa.String(length=200), server_default=sa.text("('')"), nullable=False))
        batch_op.create_index(
            "steps_in_trouble",
            ["root_id", "id"],
            unique=False,
            sqlite_where=sa.text("announced_at IS NULL AND tries > 0"),
            postgresql_where=sa.text("announced_at IS NULL AND tries > 0"),
        )
        batch_op.create_index(
            "steps_to_announce",
            ["next_try_at", "id"],
            unique=False,
            sqlite_where=sa.text("next_try_at IS NOT NULL"),
            postgresql_where=sa.text("next_try_at IS NOT NULL"),
        )
    _keep(SAYS)
    op.execute(TAKEN)


def downgrade() -> None:
    with op.batch_alter_table("step", schema=None) as batch_op:
        batch_op.drop_index(
            "steps_to_announce",
            sqlite_where=sa.text("next_try_at IS NOT NULL"),
            postgresql_where=sa.text("next_try_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "steps_in_trouble",
            sqlite_where=sa.text("announced_at IS NULL AND tries > 0"),
            postgresql_where=sa.text("announced_at IS NULL AND tries > 0"),
        )
        batch_op.drop_column("trouble")
        batch_op.drop_column("announced_at")
        batch_op.drop_column("tries")
        batch_op.drop_column("next_try_at")

    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.drop_index(
            "replies_by_due",
            sqlite_where=sa.text("reply_due_at IS NOT NULL"),
            postgresql_where=sa.text("reply_due_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "listed_by_due",
            sqlite_where=sa.text("listed_at IS NOT NULL"),
            postgresql_where=sa.text("listed_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "fulfilled",
            sqlite_where=sa.text("completed_at IS NOT NULL"),
            postgresql_where=sa.text("completed_at IS NOT NULL"),
        )
        batch_op.drop_column("listed_at")
        batch_op.drop_column("promised_done_at")
        batch_op.drop_column("promised_taken_at")
        batch_op.drop_column("taken_at")

    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "deliveries_to_follower",
            sqlite_where=sa.text("follower_id IS NOT NULL"),
            postgresql_where=sa.text("follower_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "deliveries_due",
            sqlite_where=sa.text("next_try_at IS NOT NULL"),
            postgresql_where=sa.text("next_try_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "deliveries_by_fate",
            sqlite_where=sa.text("fate IN ('unsure', 'dead')"),
            postgresql_where=sa.text("fate IN ('unsure', 'dead')"),
        )

    op.drop_table("delivery")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(
            "unread_of_person", sqlite_where=sa.text("read_at IS NULL"), postgresql_where=sa.text("read_at IS NULL")
        )
        batch_op.drop_index("notices_of_step")
        batch_op.drop_index("notices_of_post")
        batch_op.drop_index("notices_of_person")

    op.drop_table("notice")
    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.drop_index("followers_of_request")

    op.drop_table("follower")
    op.drop_table("preference")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index("posts_by_time")

    op.drop_table("post")
    with op.batch_alter_table("endpoint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_endpoint_root_id"))

    op.drop_table("endpoint")
    op.drop_table("amended_day")
    op.drop_table("recount")
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_promise_root_id"))

    op.drop_table("promise")
    _keep("")
