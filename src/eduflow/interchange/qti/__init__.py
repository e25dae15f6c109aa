"""QTI 3.0 and 2.1/2.2 in, QTI 3.0 out."""
