"""What a service's copy of seats, roles and names is to the people in it."""

from eduflow.kernel.personal import Excuse

COPIED = Excuse(
    tables=("standing_seats", "standing_roles", "people"),
    why="A copy of seats, roles and names, which api_core tells of.",
    erasure="Names are blanked by folding the blanked events; seats and roles hold ids only.",
)
