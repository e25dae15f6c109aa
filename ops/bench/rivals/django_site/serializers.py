"""What is answered and what is taken, as Django REST framework has it: the same as EduFlow's."""

from django.utils import timezone
from rest_framework import serializers

from ops.bench.rivals.django_site import models as m


class PersonSerializer(serializers.ModelSerializer):
    class Meta:
        model = m.Person
        fields = ("display_name", "email")


class SeatSerializer(serializers.ModelSerializer):
    user = PersonSerializer()

    class Meta:
        model = m.Seat
        fields = ("enrollment_id", "section_id", "user_id", "user", "role", "state", "since")


class GradeSerializer(serializers.ModelSerializer):
    percent = serializers.FloatField()

    class Meta:
        model = m.CourseGrade
        fields = ("percent", "letter")


class CardSerializer(serializers.ModelSerializer):
    code = serializers.CharField(source="course.code")
    title = serializers.CharField(source="course.title")
    course_state = serializers.CharField(source="course.state")
    section_name = serializers.CharField(source="section.name", default=None)
    completed = serializers.SerializerMethodField()
    total = serializers.IntegerField(source="course.lessons")
    percent = serializers.SerializerMethodField()
    last_at = serializers.SerializerMethodField()
    grade = serializers.SerializerMethodField()
    unread = serializers.SerializerMethodField()

    class Meta:
        model = m.Seat
        fields = (
            *("enrollment_id", "course_id", "code", "title", "course_state", "role", "section_id"),
            *("section_name", "state", "completed", "total", "percent", "last_at", "grade"),
            "unread",
        )

    def get_completed(self, seat):
        return sum(progress.completed for progress in seat.course.progress.all())

    def get_percent(self, seat):
        total = seat.course.lessons
        return min(100, self.get_completed(seat) * 100 // total) if total else 0

    def get_last_at(self, seat):
        return next((progress.last_at for progress in seat.course.progress.all()), None)

    def get_grade(self, seat):
        grade = next(iter(seat.course.grades.all()), None)
        return None if grade is None else GradeSerializer(grade).data

    def get_unread(self, seat):
        posts = getattr(seat.course, "posts", None)
        seen = sum(reads.seen for reads in seat.course.reads.all())
        return (posts.posts if posts else 0) - seen


class DueSerializer(serializers.ModelSerializer):
    code = serializers.CharField(source="course.code")
    course_title = serializers.CharField(source="course.title")
    title = serializers.CharField(source="assignment.title")

    class Meta:
        model = m.Cell
        fields = (
            *("assignment_id", "course_id", "code", "course_title", "title", "unlock_at"),
            "due_at",
        )


class AssignmentSerializer(serializers.ModelSerializer):
    points = serializers.FloatField()

    class Meta:
        model = m.Assignment
        fields = (
            *("id", "group_id", "title", "points", "due_at", "anonymous", "posting", "posted_at"),
        )


class CellSerializer(serializers.ModelSerializer):
    given_score = serializers.FloatField()
    score = serializers.FloatField()
    missing = serializers.SerializerMethodField()

    class Meta:
        model = m.Cell
        fields = (
            *("assignment_id", "submission_id", "given_score", "score", "source", "late"),
            *("missing", "dropped", "due_at", "posted", "state"),
        )

    def get_missing(self, cell):
        return cell.missing_at is not None and cell.missing_at < timezone.now()


class GradebookRowSerializer(serializers.ModelSerializer):
    display_name = serializers.CharField(source="user.display_name")
    sortable_name = serializers.CharField(source="user.sortable_name")
    percent = serializers.FloatField()
    cells = CellSerializer(source="user.cells", many=True)

    class Meta:
        model = m.CourseGrade
        fields = (
            *("user_id", "display_name", "sortable_name", "percent", "letter", "to_grade"),
            *("groups", "cells"),
        )


class NewEnrollmentSerializer(serializers.Serializer):
    user_id = serializers.UUIDField()
    role = serializers.CharField(default="student")


class NewSubmissionSerializer(serializers.Serializer):
    body = serializers.CharField(default="")
    files = serializers.ListField(child=serializers.UUIDField(), default=list)


class LoginSerializer(serializers.Serializer):
    email = serializers.CharField()
    password = serializers.CharField()
