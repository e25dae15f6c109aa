"""Models, serializers, views and paths."""

import os
import uuid

from django.db import models
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from rest_framework import generics, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

INSTITUTION, LEARNER = os.environ["BENCH_INSTITUTION"], os.environ["BENCH_LEARNER"]


class Person(models.Model):
    user_id = models.UUIDField(primary_key=True)
    display_name = models.TextField()
    email = models.TextField()

    class Meta:
        app_label, managed, db_table = "bench", False, "people"


class CourseCard(models.Model):
    course_id = models.UUIDField(primary_key=True)
    code = models.TextField()
    title = models.TextField()
    state = models.TextField()
    lessons = models.IntegerField()

    class Meta:
        app_label, managed, db_table = "bench", False, "course_cards"


class Seat(models.Model):
    enrollment_id = models.UUIDField(primary_key=True)
    course = models.ForeignKey(CourseCard, models.DO_NOTHING)
    section_id = models.UUIDField()
    user = models.ForeignKey(Person, models.DO_NOTHING, null=True)
    role = models.TextField()
    state = models.TextField()
    since = models.DateTimeField()

    class Meta:
        app_label, managed, db_table = "bench", False, "course_roster"


class Section(models.Model):
    id = models.UUIDField(primary_key=True)
    course_id = models.UUIDField()
    is_default = models.BooleanField()

    class Meta:
        app_label, managed, db_table = "bench", False, "course_sections"


class Enrollment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    institution_id = models.UUIDField()
    course_id = models.UUIDField()
    section_id = models.UUIDField()
    user_id = models.UUIDField()
    role = models.TextField()
    created_at = models.DateTimeField()
    state = models.TextField(default="active")
    version = models.IntegerField(default=1)

    class Meta:
        app_label, managed, db_table = "bench", False, "enrollments"


class PersonSerializer(serializers.ModelSerializer):
    class Meta:
        model = Person
        fields = ("display_name", "email")


class SeatSerializer(serializers.ModelSerializer):
    user = PersonSerializer()

    class Meta:
        model = Seat
        fields = ("enrollment_id", "section_id", "user_id", "user", "role", "state", "since")


class CourseSerializer(serializers.ModelSerializer):
    class Meta:
        model = CourseCard
        fields = ("course_id", "code", "title", "state", "lessons")


class CardSerializer(serializers.ModelSerializer):
    course = CourseSerializer()

    class Meta:
        model = Seat
        fields = ("enrollment_id", "role", "state", "course")


class NewEnrollmentSerializer(serializers.Serializer):
    user_id = serializers.UUIDField()
    role = serializers.CharField(default="student")


class Roster(generics.ListAPIView):
    serializer_class = SeatSerializer

    def get_queryset(self):
        seats = Seat.objects.using("standby").select_related("user")
        course = seats.filter(course_id=self.kwargs["course_id"])
        return course.order_by("since", "enrollment_id")[:51]


class Dashboard(generics.ListAPIView):
    serializer_class = CardSerializer

    def get_queryset(self):
        seats = Seat.objects.using("standby").select_related("course")
        return seats.filter(user_id=LEARNER).exclude(state="withdrawn")


class Enroll(APIView):
    def post(self, request, course_id):
        data = NewEnrollmentSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        section = Section.objects.get(course_id=course_id, is_default=True)
        enrollment = Enrollment.objects.create(
            institution_id=INSTITUTION,
            course_id=course_id,
            section_id=section.id,
            created_at=timezone.now(),
            **data.validated_data,
        )
        return Response({"id": enrollment.id}, status=status.HTTP_202_ACCEPTED)


urlpatterns = [
    path("health", lambda _request: HttpResponse("ok")),
    path("courses/<uuid:course_id>/roster", Roster.as_view()),
    path("courses/<uuid:course_id>/enrollments", Enroll.as_view()),
    path("users/me/dashboard", Dashboard.as_view()),
]
