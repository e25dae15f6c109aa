"""People, roles, courses, enrollment and progress, and the login of the whole platform.

Owns who there is, who may do what where, what is taught and who takes part. Promises that every
count it shows is a fold of what happened, that nobody overwrites unseen, and that one institution
knows nothing of another. Publishes the events of `eduflow.contracts.api_core`.
"""

from eduflow.kernel.rooms import handlers_in, modules_of, read_models_in, routes_in
from eduflow.kernel.service import Service
from eduflow.services.api_core import commands, projections, routes
from eduflow.services.api_core.login.chores import JOBS
from eduflow.services.api_core.login.desk import login_desk
from eduflow.services.api_core.notices import chores
from eduflow.services.api_core.notices.reaction import notices
from eduflow.services.api_core.problems import (
    AlreadyDigested,
    AlreadyEnrolled,
    AlreadyNotified,
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
from eduflow.services.api_core.routes import well_known

service = Service(
    name="api_core",
    database="api_core",
    routes=routes_in(*(m for m in modules_of(routes) if m is not well_known)),
    well_known=routes_in(well_known),
    handlers=handlers_in(commands),
    models=read_models_in(projections),
    reactions=(notices,),
    jobs=(*JOBS, *chores.JOBS),
    resources=login_desk,
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
        "notifications_once": AlreadyNotified,
        "notification_digests_once": AlreadyDigested,
    },
)
