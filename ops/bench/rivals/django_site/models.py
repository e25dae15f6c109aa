"""The tables, as Django has them; the read models are there already, and are read."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Table(models.Model):
    class Meta:
        abstract = True
        app_label, managed = "django_site", False


class Person(Table):
    user_id = models.UUIDField(primary_key=True)
    display_name = models.TextField()
    sortable_name = models.TextField()
    email = models.TextField()

    class Meta(Table.Meta):
        db_table = "people"


class CourseCard(Table):
    course_id = models.UUIDField(primary_key=True)
    code = models.TextField()
    title = models.TextField()
    state = models.TextField()
    lessons = models.IntegerField()

    class Meta(Table.Meta):
        db_table = "course_cards"


class Posts(Table):
    course = models.OneToOneField(
        CourseCard, models.DO_NOTHING, primary_key=True, related_name="posts"
    )
    posts = models.IntegerField()

    class Meta(Table.Meta):
        db_table = "course_posts"


class Progress(Table):
    pk = models.CompositePrimaryKey("user_id", "course_id")
    user_id = models.UUIDField()
    course = models.ForeignKey(CourseCard, models.DO_NOTHING, related_name="progress")
    completed = models.IntegerField()
    last_at = models.DateTimeField()

    class Meta(Table.Meta):
        db_table = "course_progress"


class Reads(Table):
    pk = models.CompositePrimaryKey("user_id", "course_id")
    user_id = models.UUIDField()
    course = models.ForeignKey(CourseCard, models.DO_NOTHING, related_name="reads")
    seen = models.IntegerField()

    class Meta(Table.Meta):
        db_table = "course_reads"


class CourseGrade(Table):
    pk = models.CompositePrimaryKey("user_id", "course_id")
    user = models.ForeignKey(Person, models.DO_NOTHING, related_name="grades")
    course = models.ForeignKey(CourseCard, models.DO_NOTHING, related_name="grades")
    active = models.BooleanField()
    percent = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    letter = models.TextField(null=True)
    to_grade = models.IntegerField()
    groups = models.JSONField()

    class Meta(Table.Meta):
        db_table = "course_grades"


class Section(Table):
    id = models.UUIDField(primary_key=True)
    course_id = models.UUIDField()
    name = models.TextField()
    is_default = models.BooleanField()

    class Meta(Table.Meta):
        db_table = "course_sections"


class Seat(Table):
    enrollment_id = models.UUIDField(primary_key=True)
    course = models.ForeignKey(CourseCard, models.DO_NOTHING)
    section = models.ForeignKey(Section, models.DO_NOTHING, null=True)
    user = models.ForeignKey(Person, models.DO_NOTHING, null=True)
    role = models.TextField()
    state = models.TextField()
    since = models.DateTimeField()

    class Meta(Table.Meta):
        db_table = "course_roster"


class Assignment(Table):
    id = models.UUIDField(primary_key=True)
    course_id = models.UUIDField()
    group_id = models.UUIDField()
    title = models.TextField()
    points = models.DecimalField(max_digits=12, decimal_places=4)
    due_at = models.DateTimeField(null=True)
    anonymous = models.BooleanField()
    posting = models.TextField()
    posted_at = models.DateTimeField(null=True)
    position = models.IntegerField()
    state = models.TextField()

    class Meta(Table.Meta):
        db_table = "assignments"


class Cell(Table):
    pk = models.CompositePrimaryKey("user_id", "assignment_id")
    user = models.ForeignKey(Person, models.DO_NOTHING, related_name="cells")
    assignment = models.ForeignKey(Assignment, models.DO_NOTHING)
    course = models.ForeignKey(CourseCard, models.DO_NOTHING)
    submission_id = models.UUIDField(null=True)
    given_score = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    score = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    source = models.TextField(null=True)
    late = models.BooleanField()
    missing_at = models.DateTimeField(null=True)
    dropped = models.BooleanField()
    unlock_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    posted = models.BooleanField()
    published = models.BooleanField()
    state = models.TextField()

    class Meta(Table.Meta):
        db_table = "gradebook_cells"


class Notification(Table):
    id = models.UUIDField(primary_key=True)
    user_id = models.UUIDField()
    in_app = models.BooleanField()
    read_at = models.DateTimeField(null=True)

    class Meta(Table.Meta):
        db_table = "notifications"


class User(Table):
    id = models.UUIDField(primary_key=True)
    email = models.TextField()

    class Meta(Table.Meta):
        db_table = "users"


class Password(Table):
    user = models.OneToOneField(User, models.DO_NOTHING, primary_key=True)
    django = models.TextField()

    class Meta(Table.Meta):
        db_table = "bench_passwords"


class Enrollment(Table):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    institution_id = models.UUIDField()
    course_id = models.UUIDField()
    section_id = models.UUIDField()
    user_id = models.UUIDField()
    role = models.TextField()
    created_at = models.DateTimeField()
    state = models.TextField(default="active")
    version = models.IntegerField(default=1)

    class Meta(Table.Meta):
        db_table = "enrollments"


class Submission(Table):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    institution_id = models.UUIDField()
    course_id = models.UUIDField()
    assignment_id = models.UUIDField()
    user_id = models.UUIDField()
    state = models.TextField()
    current_attempt = models.IntegerField(default=0)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta(Table.Meta):
        db_table = "submissions"


class SubmissionVersion(Table):
    pk = models.CompositePrimaryKey("submission_id", "attempt")
    submission = models.ForeignKey(Submission, models.DO_NOTHING)
    attempt = models.IntegerField()
    institution_id = models.UUIDField()
    body = models.TextField()
    file_refs = ArrayField(models.UUIDField())
    sha256 = models.BinaryField()
    at = models.DateTimeField()

    class Meta(Table.Meta):
        db_table = "submission_versions"
