"""The map of EduFlow: which services exist, where each answers, and which database each owns.

This is the only place where a port or a database name is written down. The compose file, the
gateway routes, the manifests, the embedded servers and the health page derive from it.
"""

from pathlib import Path

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where one service lives."""

    name: str
    """The package under `eduflow.services`, and the queue of its workers."""
    title: str
    port: int
    database: str
    """The database it writes to. Tiers share api_core's, each in a schema of its own."""
    owns: str
    """What only this service may say, in a few words a teacher would use."""

    @property
    def built(self) -> bool:
        """Whether this installation has the service's code."""
        # Looked up as a file: asking the import system would load what services stand on.
        return (Path(__file__).parent / "services" / self.name / "__init__.py").is_file()


class DatabasePlace(msgspec.Struct, frozen=True):
    """Where one database listens when every database is a cluster of its own."""

    name: str
    port: int


PLACES = (
    Place(
        name="api_core",
        title="API Core",
        port=8000,
        database="api_core",
        owns="people, roles, courses, enrollment, assignments, gradebook, forums, login",
    ),
    Place(
        name="tutor",
        title="AI Tutor",
        port=8001,
        database="tutor",
        owns="tutor sessions, messages, learning history, AI budgets",
    ),
    Place(
        name="assessment",
        title="Assessment",
        port=8002,
        database="assessment",
        owns="item banks, tests, attempts, responses, grading, regrades, appeals",
    ),
    Place(
        name="adaptive",
        title="Adaptive",
        port=8003,
        database="adaptive",
        owns="skills, evidence, mastery models, learning paths, review queue, XP",
    ),
    Place(
        name="content",
        title="Content",
        port=8004,
        database="content",
        owns="libraries, versioned items, files, renditions, search, package import",
    ),
    Place(
        name="analytics",
        title="Analytics",
        port=8005,
        database="analytics",
        owns="learning events, facts, metrics, dashboards, reports, alerts",
    ),
    Place(
        name="tier_hs",
        title="High School",
        port=8010,
        database="api_core",
        owns="guardians and standards",
    ),
    Place(
        name="tier_ug",
        title="Undergraduate",
        port=8011,
        database="api_core",
        owns="degree audit and advising",
    ),
    Place(
        name="tier_grad",
        title="Graduate",
        port=8012,
        database="api_core",
        owns="milestones and theses",
    ),
    Place(
        name="pro_med",
        title="Medicine",
        port=8020,
        database="pro_med",
        owns="clinical cases, USMLE bank, anatomy",
    ),
    Place(
        name="pro_law",
        title="Law",
        port=8021,
        database="pro_law",
        owns="cases, briefs, citator, moot court, bar bank",
    ),
    Place(
        name="pro_mba",
        title="Business",
        port=8022,
        database="pro_mba",
        owns="business cases, simulations, negotiations, financial models",
    ),
    Place(
        name="pro_eng",
        title="Engineering",
        port=8023,
        database="pro_eng",
        owns="problems with units, code and circuits, FE bank, ABET",
    ),
)

DATABASES = (
    DatabasePlace("api_core", 5432),
    DatabasePlace("assessment", 5433),
    DatabasePlace("adaptive", 5434),
    DatabasePlace("analytics", 5435),
    DatabasePlace("tutor", 5436),
    DatabasePlace("content", 5437),
    DatabasePlace("pro_med", 5438),
    DatabasePlace("pro_law", 5439),
    DatabasePlace("pro_mba", 5440),
    DatabasePlace("pro_eng", 5441),
)

GATEWAY_PORT = 8080
"""One port for every service's `/api/v1` paths."""
FRONTEND_PORT = 3006
PGADMIN_PORT = 5050

POSTGRES_PORT = 5432
"""The embedded primary, which holds every database."""
STANDBY_PORT = 5462
"""The first embedded standby; each further one is one port higher."""
BROKER_PORT = 6379
S3_PORT = 8333
MODEL_PORT = 8090
"""The local language model."""
S3_INTERNAL_PORT = 18600
"""The first of the ports between the object store's own parts; nobody else calls them. Chosen,
like the standbys', so that platforms 100, 1000 or 10000 ports apart do not meet."""
S3_ADMIN_PORT = 18610


def place(name: str) -> Place:
    """Look a service up by name; raises LookupError with the names there are."""
    for candidate in PLACES:
        if candidate.name == name:
            return candidate
    known = ", ".join(p.name for p in PLACES)
    raise LookupError(f"There is no service called {name!r}. There are: {known}")


def built_places() -> tuple[Place, ...]:
    """The services this installation has code for, in the order of the map."""
    return tuple(p for p in PLACES if p.built)
