"""Views and paths."""

import hashlib
import os
from datetime import timedelta

import jwt
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from rest_framework import generics, status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.response import Response
from rest_framework.views import APIView

from ops.bench.rivals.django_site import models as m
from ops.bench.rivals.django_site import serializers as s

INSTITUTION = os.environ["BENCH_INSTITUTION"]
DUE, CLASS, PAGE = 10, 201, 51


class Roster(generics.ListAPIView):
    serializer_class = s.SeatSerializer

    def get_queryset(self):
        seats = m.Seat.objects.using("standby").select_related("user")
        course = seats.filter(course_id=self.kwargs["course_id"])
        return course.order_by("since", "enrollment_id")[:PAGE]


class Dashboard(APIView):
    def get(self, request):
        user = request.headers["X-User"]
        seats = list(
            m.Seat.objects.using("standby")
            .select_related("course", "course__posts", "section")
            .prefetch_related(
                Prefetch("course__progress", m.Progress.objects.filter(user_id=user)),
                Prefetch("course__grades", m.CourseGrade.objects.filter(user_id=user, active=True)),
                Prefetch("course__reads", m.Reads.objects.filter(user_id=user)),
            )
            .filter(user_id=user)
            .exclude(state="withdrawn")
            .exclude(course__state="deleted")
            .order_by("course__code", "enrollment_id")
        )
        due = (
            m.Cell.objects.using("standby")
            .select_related("course", "assignment")
            .filter(user_id=user, published=True, state="none", due_at__gt=timezone.now())
            .filter(course__state="published", course_id__in=[seat.course_id for seat in seats])
            .order_by("due_at", "assignment_id")[:DUE]
        )
        unread = m.Notification.objects.using("standby").filter(
            user_id=user, in_app=True, read_at__isnull=True
        )
        cards = s.CardSerializer(seats, many=True).data
        return Response(
            {
                "courses": cards,
                "due_next": s.DueSerializer(due, many=True).data,
                "unread_posts": sum({card["course_id"]: card["unread"] for card in cards}.values()),
                "unread_notifications": unread.count(),
            }
        )


class Gradebook(APIView):
    def get(self, _request, course_id):
        assignments = (
            m.Assignment.objects.using("standby")
            .filter(course_id=course_id, state="published")
            .order_by("position", "id")
        )
        cells = m.Cell.objects.filter(course_id=course_id, published=True)
        students = (
            m.CourseGrade.objects.using("standby")
            .select_related("user")
            .prefetch_related(Prefetch("user__cells", cells))
            .filter(course_id=course_id, active=True)
            .order_by("user__sortable_name", "user_id")[:CLASS]
        )
        return Response(
            {
                "assignments": s.AssignmentSerializer(assignments, many=True).data,
                "items": s.GradebookRowSerializer(students, many=True).data,
            }
        )


class Submit(APIView):
    @transaction.atomic
    def post(self, request, assignment_id):
        data = s.NewSubmissionSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        assignment = get_object_or_404(m.Assignment, id=assignment_id, state="published")
        body, now = data.validated_data["body"], timezone.now()
        digest = hashlib.sha256(body.encode()).digest()
        submission, _ = m.Submission.objects.get_or_create(
            assignment_id=assignment_id,
            user_id=request.headers["X-User"],
            defaults={
                "institution_id": INSTITUTION,
                "course_id": assignment.course_id,
                "state": "unsubmitted",
                "created_at": now,
            },
        )
        submission.state = "submitted"
        submission.current_attempt += 1
        submission.version += 1
        submission.save(update_fields=("state", "current_attempt", "version"))
        m.SubmissionVersion.objects.create(
            submission=submission,
            attempt=submission.current_attempt,
            institution_id=INSTITUTION,
            body=body,
            file_refs=data.validated_data["files"],
            sha256=digest,
            at=now,
        )
        told = {
            "id": submission.id,
            "assignment_id": assignment_id,
            "attempt": submission.current_attempt,
            "sha256": digest.hex(),
            "submitted_at": now,
            "due_at": assignment.due_at,
            "late": assignment.due_at is not None and now > assignment.due_at,
            "version": submission.version,
        }
        return Response(told, status=status.HTTP_201_CREATED)


class Login(APIView):
    def post(self, request):
        data = s.LoginSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        found = m.User.objects.select_related("password").filter(email=data.validated_data["email"])
        user = found.first()
        if user is None or not check_password(
            data.validated_data["password"], user.password.django
        ):
            raise AuthenticationFailed
        claims = {"sub": str(user.id), "exp": timezone.now() + timedelta(minutes=15)}
        token = jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")
        return Response({"access_token": token, "token_type": "bearer"})


class Enroll(APIView):
    def post(self, request, course_id):
        data = s.NewEnrollmentSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        section = m.Section.objects.get(course_id=course_id, is_default=True)
        enrollment = m.Enrollment.objects.create(
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
    path("courses/<uuid:course_id>/gradebook", Gradebook.as_view()),
    path("courses/<uuid:course_id>/enrollments", Enroll.as_view()),
    path("assignments/<uuid:assignment_id>/submissions", Submit.as_view()),
    path("auth/login", Login.as_view()),
    path("users/me/dashboard", Dashboard.as_view()),
]
