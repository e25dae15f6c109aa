"""The same reads and the same write as others make them: no login, no policies, no events.

Runs in an environment of its own, made from `ops/bench/requirements.lock`.
"""
