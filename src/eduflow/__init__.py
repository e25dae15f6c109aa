"""EduFlow, a learning platform whose reads never show an older world than the reader has seen."""

__version__ = "0.1.0"
