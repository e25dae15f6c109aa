"""Item banks, questions in their versions, keys, and rubrics."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.assessment.tables.base import Assessment


class ItemBanks(Keyed, Assessment):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID | None] = mapped_column(
        comment="Whose course it grew in; NULL: of the whole institution."
    )
    owner_id: Mapped[UUID]
    name: Mapped[str]
    visibility: Mapped[str] = mapped_column(server_default=text("'course'::text"))
    state: Mapped[str] = mapped_column(server_default=text("'active'::text"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint("name <> ''::text", name="item_banks_have_a_name"),
        one_of("visibility", ("course", "institution"), name="item_banks_visibility_is_known"),
        one_of("state", ("active", "deleted"), name="item_banks_state_is_known"),
        CheckConstraint(
            "(course_id IS NOT NULL) OR (visibility = 'institution'::text)",
            name="item_banks_are_somewhere",
        ),
        UniqueConstraint("institution_id", "id"),
        Index("item_banks_of_course", "institution_id", "course_id"),
    )


class ItemShareSets(Assessment):
    """A bank in the hands of another course: to take questions from, or to change them too."""

    bank_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    permits: Mapped[str]
    shared_by: Mapped[UUID]
    shared_at: Mapped[datetime]

    __table_args__ = (
        one_of("permits", ("use", "edit"), name="item_share_sets_permit_something"),
        refers("institution_id", "bank_id", to="item_banks"),
    )


class Stimuli(Keyed, Assessment):
    """A passage or exhibit that several questions share."""

    institution_id: Mapped[UUID]
    bank_id: Mapped[UUID]
    title: Mapped[str]
    body: Mapped[str]
    identifier: Mapped[str | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "bank_id", "id"),
        refers("institution_id", "bank_id", to="item_banks"),
    )


class Questions(Keyed, Assessment):
    institution_id: Mapped[UUID]
    bank_id: Mapped[UUID]
    stimulus_id: Mapped[UUID | None]
    type: Mapped[str]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'active'::text"))
    current_number: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        one_of(
            "type",
            (
                "choice",
                "true_false",
                "order",
                "match",
                "gap_fill",
                "short_text",
                "numeric",
                "hot_text",
                "essay",
                "file_upload",
                "formula",
            ),
            name="questions_type_is_known",
        ),
        one_of("state", ("active", "retired"), name="questions_state_is_known"),
        UniqueConstraint("institution_id", "id"),
        refers("institution_id", "bank_id", to="item_banks"),
        refers(
            "institution_id",
            "bank_id",
            "stimulus_id",
            to="stimuli",
            name="questions_stimulus_is_of_the_bank",
        ),
        Index("questions_of_bank", "bank_id", "id"),
    )


class QuestionVersions(Keyed, Assessment):
    """What is asked, and never again another: attempts pin it.

    How it is judged is in answer_keys.
    """

    institution_id: Mapped[UUID]
    question_id: Mapped[UUID]
    number: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    language: Mapped[str]
    interaction: Mapped[dict[str, Any]]
    parameters: Mapped[list[Any]] = mapped_column(
        JSONB(),
        server_default=text("'[]'::jsonb"),
        comment="Pairs of name and parameter, in the order in which they are drawn.",
    )
    conditions: Mapped[list[str]] = mapped_column(server_default=text("'{}'::text[]"))
    feedback: Mapped[dict[str, Any]] = mapped_column(
        server_default=text("'{}'::jsonb"),
        comment="Texts and hints that are shown afterwards, or for a price.",
    )
    points: Mapped[Decimal] = mapped_column(Numeric)
    identifier: Mapped[str | None]
    sha256: Mapped[bytes] = mapped_column(comment="Of everything that is asked; receipts cite it.")
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("number > 0", name="question_versions_number_is_positive"),
        CheckConstraint("points >= (0)::numeric", name="question_versions_points_are_not_negative"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("question_id", "number", name="question_versions_number_once"),
        refers("institution_id", "question_id", to="questions"),
    )


class QuestionChoices(Assessment):
    """What can be chosen, by its identifier: statistics say how often it was."""

    question_version_id: Mapped[UUID] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(
        primary_key=True,
        server_default=text("''::text"),
        comment="Of a match the side, of a gap its id; else empty.",
    )
    identifier: Mapped[str] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    position: Mapped[int]
    text: Mapped[str]

    __table_args__ = (refers("institution_id", "question_version_id", to="question_versions"),)


class AnswerKeys(Keyed, Assessment):
    """How answers to a version are judged.

    A correction is a further number; a scoring version says which counts.
    """

    institution_id: Mapped[UUID]
    question_version_id: Mapped[UUID]
    number: Mapped[int]
    key: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(server_default=text("''::text"))
    sha256: Mapped[bytes]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("number > 0", name="answer_keys_number_is_positive"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("question_version_id", "number", name="answer_keys_number_once"),
        refers("institution_id", "question_version_id", to="question_versions"),
    )


class QuestionTests(Keyed, Assessment):
    """What the marking must give for an answer: a key that breaks one is not taken."""

    institution_id: Mapped[UUID]
    question_version_id: Mapped[UUID]
    answer: Mapped[dict[str, Any]]
    expected_fraction: Mapped[Decimal] = mapped_column(Numeric)
    note: Mapped[str] = mapped_column(server_default=text("''::text"))
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "(expected_fraction >= (0)::numeric) AND (expected_fraction <= (1)::numeric)",
            name="question_tests_expect_a_share",
        ),
        refers("institution_id", "question_version_id", to="question_versions"),
        Index("question_tests_of_version", "question_version_id"),
    )


class QuestionTags(Assessment):
    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]

    __table_args__ = (
        CheckConstraint(
            "(tag <> ''::text) AND (tag = lower(tag))", name="question_tags_say_something"
        ),
        refers("institution_id", "question_id", to="questions"),
        Index("question_tags_by_tag", "institution_id", "tag", "question_id"),
    )


class ScoringRubrics(Keyed, Assessment):
    institution_id: Mapped[UUID]
    question_id: Mapped[UUID]
    title: Mapped[str]
    current_number: Mapped[int] = mapped_column(server_default=text("1"))
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        UniqueConstraint("question_id", name="scoring_rubrics_one_of_a_question"),
        UniqueConstraint("institution_id", "id"),
        refers("institution_id", "question_id", to="questions"),
    )


class ScoringRubricVersions(Keyed, Assessment):
    institution_id: Mapped[UUID]
    rubric_id: Mapped[UUID]
    number: Mapped[int]
    guidelines: Mapped[str] = mapped_column(
        server_default=text("''::text"), comment="For graders alone."
    )
    sha256: Mapped[bytes]
    made_by: Mapped[UUID]
    frozen_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("number > 0", name="scoring_rubric_versions_number_is_positive"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("rubric_id", "number", name="scoring_rubric_versions_number_once"),
        refers("institution_id", "rubric_id", to="scoring_rubrics"),
    )


class ScoringCriteria(Keyed, Assessment):
    institution_id: Mapped[UUID]
    rubric_version_id: Mapped[UUID]
    key: Mapped[str]
    position: Mapped[int]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default=text("''::text"))
    points: Mapped[Decimal] = mapped_column(Numeric)
    levels: Mapped[dict[str, Any]] = mapped_column(
        comment="What may be awarded: [{points, title, description}], from nought up."
    )
    grader_note: Mapped[str] = mapped_column(
        server_default=text("''::text"), comment="Not shown to students."
    )

    __table_args__ = (
        CheckConstraint("points > (0)::numeric", name="scoring_criteria_are_worth_something"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("rubric_version_id", "key", name="scoring_criteria_key_once"),
        refers("institution_id", "rubric_version_id", to="scoring_rubric_versions"),
    )
