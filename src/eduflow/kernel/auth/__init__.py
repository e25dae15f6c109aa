"""Who is asking: tokens, keys, passwords, and what a route demands of its caller.

I own how a person is recognised, and nothing about them; I ask no database. api_core stores what
these modules make (hashes, sealed keys, families of refresh tokens) and publishes two documents,
the key set and the revoked sessions, from which every process checks a token by itself.

I promise that a token is checked by every rule of RFC 8725, that a revoked session is refused
within a second wherever api_core can be reached, that nothing secret is stored in clear, and that
no input is a fault: a bad one is a `Problem`.
"""
