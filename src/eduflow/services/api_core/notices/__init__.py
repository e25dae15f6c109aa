"""Telling people: of what, from which events, in which words, and when digests go out."""
