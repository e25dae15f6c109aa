"""People, roles, courses, enrollment and progress, and the login of the whole platform.

Owns who there is, who may do what where, what is taught and who takes part. Promises that every
count it shows is a fold of what happened, that nobody overwrites unseen, and that one institution
knows nothing of another. Publishes the events of `eduflow.contracts.api_core`.
"""

from eduflow.kernel.service import Service
from eduflow.services.api_core.commands.add_lesson import AddLesson, add_lesson
from eduflow.services.api_core.commands.add_module import AddModule, add_module
from eduflow.services.api_core.commands.add_person import AddPerson, add_person
from eduflow.services.api_core.commands.add_section import AddSection, add_section
from eduflow.services.api_core.commands.add_term import AddTerm, add_term
from eduflow.services.api_core.commands.change_course import ChangeCourse, change_course
from eduflow.services.api_core.commands.change_enrollment import ChangeEnrollment, change_enrollment
from eduflow.services.api_core.commands.change_institution import (
    ChangeInstitution,
    change_institution,
)
from eduflow.services.api_core.commands.change_lesson import ChangeLesson, change_lesson
from eduflow.services.api_core.commands.change_module import ChangeModule, change_module
from eduflow.services.api_core.commands.change_person import ChangePerson, change_person
from eduflow.services.api_core.commands.create_course import CreateCourse, create_course
from eduflow.services.api_core.commands.enroll_learner import EnrollLearner, enroll_learner
from eduflow.services.api_core.commands.found_institution import FoundInstitution, found_institution
from eduflow.services.api_core.commands.grant_role import GrantRole, grant_role
from eduflow.services.api_core.commands.record_progress import RecordProgress, record_progress
from eduflow.services.api_core.commands.withdraw_role import WithdrawRole, withdraw_role
from eduflow.services.api_core.problems import (
    AlreadyEnrolled,
    ContentHalfPinned,
    EmailTaken,
    EmailUnusable,
    EndsBeforeStart,
    NoSuchPerson,
    NoSuchTerm,
    RoleGrantedAlready,
    SisIdTaken,
    SlugTaken,
)
from eduflow.services.api_core.projections.course_cards import course_cards
from eduflow.services.api_core.projections.course_progress import course_progress
from eduflow.services.api_core.projections.course_roster import course_roster
from eduflow.services.api_core.projections.people import people as people_model
from eduflow.services.api_core.routes import (
    courses,
    enrollments,
    institutions,
    outline,
    people,
    progress,
)

service = Service(
    name="api_core",
    database="api_core",
    routes=[
        people.me,
        people.everybody,
        people.one,
        people.add,
        people.change,
        people.grant,
        people.withdraw,
        institutions.mine,
        institutions.change,
        institutions.add_term,
        institutions.list_terms,
        courses.create,
        courses.catalogue,
        courses.one,
        courses.change,
        courses.add_section,
        courses.list_sections,
        outline.add_module,
        outline.change_module,
        outline.add_lesson,
        outline.one_lesson,
        outline.change_lesson,
        enrollments.enroll,
        enrollments.roster,
        enrollments.one,
        enrollments.change,
        progress.record,
        progress.of_course,
        progress.own,
        progress.dashboard,
        progress.dashboard_of_course,
    ],
    handlers={
        AddLesson: add_lesson,
        AddModule: add_module,
        AddPerson: add_person,
        AddSection: add_section,
        AddTerm: add_term,
        ChangeCourse: change_course,
        ChangeEnrollment: change_enrollment,
        ChangeInstitution: change_institution,
        ChangeLesson: change_lesson,
        ChangeModule: change_module,
        ChangePerson: change_person,
        CreateCourse: create_course,
        EnrollLearner: enroll_learner,
        FoundInstitution: found_institution,
        GrantRole: grant_role,
        RecordProgress: record_progress,
        WithdrawRole: withdraw_role,
    },
    models=(course_roster, people_model, course_cards, course_progress),
    refusals={
        "institutions_slug_is_free": SlugTaken,
        "users_email_once": EmailTaken,
        "users_email_is_lower_case": EmailUnusable,
        "users_sis_id_once": SisIdTaken,
        "terms_sis_id_once": SisIdTaken,
        "courses_sis_id_once": SisIdTaken,
        "course_sections_sis_id_once": SisIdTaken,
        "terms_end_after_they_start": EndsBeforeStart,
        "courses_end_after_they_start": EndsBeforeStart,
        "course_sections_end_after_they_start": EndsBeforeStart,
        "courses_term_exists": NoSuchTerm,
        "lessons_pin_a_version": ContentHalfPinned,
        "role_assignments_once": RoleGrantedAlready,
        "enrollments_one_seat": AlreadyEnrolled,
        "enrollments_person_exists": NoSuchPerson,
    },
)
