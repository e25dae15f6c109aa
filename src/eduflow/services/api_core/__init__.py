"""People, roles, courses, enrollment and progress, and the login of the whole platform."""

from eduflow.kernel.service import Service
from eduflow.services.api_core.commands.create_course import CreateCourse, create_course
from eduflow.services.api_core.commands.enroll_learner import EnrollLearner, enroll_learner
from eduflow.services.api_core.commands.find_institution import FindInstitution, find_institution
from eduflow.services.api_core.commands.found_institution import FoundInstitution, found_institution
from eduflow.services.api_core.commands.import_accounts import ImportAccounts, import_accounts
from eduflow.services.api_core.commands.import_courses import ImportCourses, import_courses
from eduflow.services.api_core.commands.import_enrollments import (
    ImportEnrollments,
    import_enrollments,
)
from eduflow.services.api_core.commands.import_sections import ImportSections, import_sections
from eduflow.services.api_core.commands.import_terms import ImportTerms, import_terms
from eduflow.services.api_core.commands.import_users import ImportUsers, import_users
from eduflow.services.api_core.problems import AlreadyEnrolled, NoSuchPerson, SlugTaken
from eduflow.services.api_core.projections.course_roster import course_roster
from eduflow.services.api_core.routes import courses, enrollments

service = Service(
    name="api_core",
    database="api_core",
    routes=[courses.create, enrollments.enroll, enrollments.roster],
    handlers={
        CreateCourse: create_course,
        EnrollLearner: enroll_learner,
        FindInstitution: find_institution,
        FoundInstitution: found_institution,
        ImportAccounts: import_accounts,
        ImportCourses: import_courses,
        ImportEnrollments: import_enrollments,
        ImportSections: import_sections,
        ImportTerms: import_terms,
        ImportUsers: import_users,
    },
    models=(course_roster,),
    refusals={
        "institutions_slug_is_free": SlugTaken,
        "enrollments_one_seat": AlreadyEnrolled,
        "enrollments_person_exists": NoSuchPerson,
    },
)
