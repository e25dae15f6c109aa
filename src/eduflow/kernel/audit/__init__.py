"""The audit trail: a row for every command, in its own statement; and the chain that seals them.

Owns `audit_log`, `audit_chain`, `audit_heads` and `audit_cursor` of every service database.
Promises that a row which was edited, removed, added or moved is found by `eduflow audit verify`.
Each row carries a MAC, so that nobody who lacks the secret can add one; a periodic job puts new
rows behind those before, one chain an institution, and no command waits for another's row. What
cannot be known is a row that is removed in the seconds before it is sealed.
"""
