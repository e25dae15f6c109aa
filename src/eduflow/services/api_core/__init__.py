"""People, roles, courses, enrollment and progress, and the login of the whole platform."""

from typing import Any

from eduflow.kernel.commands import Command, Handler
from eduflow.kernel.service import Service
from eduflow.services.api_core.commands.begin_session import (
    BeginSession,
    RehashPassword,
    begin_session,
    rehash_password,
)
from eduflow.services.api_core.commands.choose_password import (
    ChangePassword,
    RedeemToken,
    change_password,
    redeem_token,
)
from eduflow.services.api_core.commands.continue_session import ContinueSession, continue_session
from eduflow.services.api_core.commands.create_course import CreateCourse, create_course
from eduflow.services.api_core.commands.end_session import EndSession, end_session
from eduflow.services.api_core.commands.enroll_learner import EnrollLearner, enroll_learner
from eduflow.services.api_core.commands.found_institution import FoundInstitution, found_institution
from eduflow.services.api_core.commands.send_link import (
    AskForReset,
    InviteUser,
    SendResets,
    ask_for_reset,
    invite_user,
    send_resets,
)
from eduflow.services.api_core.commands.turn_keys import (
    EnsureSigningKey,
    RotateSigningKeys,
    WithdrawSigningKey,
    ensure_signing_key,
    rotate_signing_keys,
    withdraw_signing_key,
)
from eduflow.services.api_core.login.chores import JOBS
from eduflow.services.api_core.login.desk import login_desk
from eduflow.services.api_core.problems import AlreadyEnrolled, NoSuchPerson, SlugTaken
from eduflow.services.api_core.projections.course_roster import course_roster
from eduflow.services.api_core.routes import (
    courses,
    enrollments,
    logins,
    passwords,
    sessions,
    well_known,
)

LOGIN_ROUTES = [
    logins.login,
    logins.refresh,
    logins.logout,
    passwords.change,
    passwords.invite,
    passwords.accept,
    passwords.ask_for_reset,
    passwords.confirm_reset,
    sessions.list_own,
    sessions.end,
]
LOGIN_HANDLERS: dict[type[Command[Any]], Handler] = {
    BeginSession: begin_session,
    RehashPassword: rehash_password,
    ContinueSession: continue_session,
    EndSession: end_session,
    ChangePassword: change_password,
    RedeemToken: redeem_token,
    InviteUser: invite_user,
    AskForReset: ask_for_reset,
    SendResets: send_resets,
    EnsureSigningKey: ensure_signing_key,
    RotateSigningKeys: rotate_signing_keys,
    WithdrawSigningKey: withdraw_signing_key,
}

service = Service(
    name="api_core",
    database="api_core",
    routes=[courses.create, enrollments.enroll, enrollments.roster, *LOGIN_ROUTES],
    well_known=[well_known.keys, well_known.revoked_sessions],
    handlers={
        CreateCourse: create_course,
        EnrollLearner: enroll_learner,
        FoundInstitution: found_institution,
        **LOGIN_HANDLERS,
    },
    models=(course_roster,),
    jobs=JOBS,
    resources=login_desk,
    refusals={
        "institutions_slug_is_free": SlugTaken,
        "enrollments_one_seat": AlreadyEnrolled,
        "enrollments_person_exists": NoSuchPerson,
    },
)
