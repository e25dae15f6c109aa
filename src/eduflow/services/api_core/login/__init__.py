"""The login: who is meant before anybody is somebody, and what turns a password into tokens.

I own the process's hashing threads, its counting of guesses and its view of the signing keys; none
of it is a fact, all facts are rows. I promise that an unknown e-mail and a wrong password cost and
say the same, that no token is stored from which it could be used, and that a rotated key is signed
with a second later.
"""
