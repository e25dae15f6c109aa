"""People, courses, enrollment, progress and grades, and the login of the whole platform.

Owns who there is, who may do what where, what is taught, who takes part, what they hand in and what
it was worth. Promises that every number it shows is a fold of what happened, that nobody overwrites
unseen, and that one institution knows nothing of another. Publishes the events of
`eduflow.contracts.api_core` and `eduflow.contracts.api_core_grading`.
"""

from eduflow.kernel.personal import personal_in
from eduflow.kernel.rooms import handlers_in, modules_of, read_models_in, routes_in
from eduflow.kernel.service import Service
from eduflow.services.api_core import commands, internal, projections, routes
from eduflow.services.api_core.completion_problems import NoSuchAssignment
from eduflow.services.api_core.login.chores import JOBS
from eduflow.services.api_core.login.desk import login_desk
from eduflow.services.api_core.notices import chores
from eduflow.services.api_core.notices.reaction import notices
from eduflow.services.api_core.privacy import erasing, exporting, parts
from eduflow.services.api_core.problems import (
    AlreadyDigested,
    AlreadyEnrolled,
    AlreadyNotified,
    BlindPostedByHand,
    ContentHalfPinned,
    DatesOutOfOrder,
    EmailTaken,
    EmailUnusable,
    EndsBeforeStart,
    NoSuchGroup,
    NoSuchPerson,
    NoSuchRubric,
    NoSuchTerm,
    PersonForgotten,
    RoleGrantedAlready,
    RubricInUse,
    SisIdTaken,
    SlugTaken,
)
from eduflow.services.api_core.results import results
from eduflow.services.api_core.routes import well_known
from eduflow.services.api_core.team_problems import (
    AlreadyAllocated,
    InAnotherTeam,
    NoSuchTeamSet,
    PeerRuleContradicts,
    TeamNameTaken,
    TeamsInUse,
)

service = Service(
    name="api_core",
    personal=personal_in(parts),
    database="api_core",
    routes=routes_in(*(m for m in modules_of(routes) if m is not well_known)),
    well_known=routes_in(well_known),
    internal=routes_in(*modules_of(internal)),
    handlers=handlers_in(commands),
    models=read_models_in(projections),
    reactions=(notices, results),
    jobs=(*JOBS, *chores.JOBS, *exporting.JOBS, *erasing.JOBS),
    resources=login_desk,
    refusals={
        "institutions_slug_is_free": SlugTaken,
        "users_email_once": EmailTaken,
        "users_email_is_lower_case": EmailUnusable,
        "users_sis_id_once": SisIdTaken,
        "users_erased_stay_erased": PersonForgotten,
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
        "assignments_group_is_of_the_course": NoSuchGroup,
        "assignments_rubric_is_of_the_course": NoSuchRubric,
        "completion_rules_assignment_is_of_the_course": NoSuchAssignment,
        "assignments_dates_are_in_order": DatesOutOfOrder,
        "assignments_blind_are_posted_by_hand": BlindPostedByHand,
        "rubric_assessments_use_the_rubric_of_the_assignment": RubricInUse,
        "assignments_team_set_is_of_the_course": NoSuchTeamSet,
        "submissions_team_set_is_the_assignments": TeamsInUse,
        "teams_name_once": TeamNameTaken,
        "team_members_one_team_of_a_set": InAnotherTeam,
        "peer_review_rules_are_of_two": PeerRuleContradicts,
        "peer_review_marks_use_the_rubric_of_the_assignment": RubricInUse,
        "peer_review_allocations_once": AlreadyAllocated,
        "notifications_once": AlreadyNotified,
        "notification_digests_once": AlreadyDigested,
    },
)
