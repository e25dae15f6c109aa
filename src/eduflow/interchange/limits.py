"""How much of a file is read at most; what is beyond is refused, with what it would have taken.

Sizes are of bytes that were really read: what a header claims is never believed.
"""

MAX_FILE = 200 * 1024 * 1024
"""Bytes of the file that was handed in."""
MAX_TOTAL = 200 * 1024 * 1024
"""Bytes that one package may unpack to, all entries together."""
MAX_XML = 10 * 1024 * 1024
"""Bytes of one XML document of a package, and of a GIFT file."""
MAX_MOODLE = 64 * 1024 * 1024
"""Bytes of a Moodle XML file: it has its pictures in itself, and is read question by question."""
MAX_MEDIUM = 64 * 1024 * 1024
MAX_ENTRIES = 10_000
MAX_DIRECTORY = 4 * 1024 * 1024
"""Bytes of a zip's list of contents, which has to be held in memory as a whole."""
MAX_RATIO = 200
"""How many times larger an entry may be than its packed form, once it is past `RATIO_FROM`."""
RATIO_FROM = 1024 * 1024
MAX_NAME = 500
MAX_DEPTH = 100
MAX_NODES = 100_000
"""Elements that are held at one time: of a QTI document, of one question of a Moodle file."""
MAX_HELD = 32 * 1024 * 1024
"""Characters that are held at one time, pictures in base64 among them."""
MAX_ATTRIBUTES = 100
MAX_ATTRIBUTE = 64 * 1024
"""Characters of one attribute's value."""
MAX_TAG = 1024 * 1024
"""Bytes of one tag, comment or instruction; texts have no such limit."""
MAX_TEXT = 500_000
"""Characters of one question's body, or of any other text that will be shown."""
MAX_ITEMS = 20_000
MAX_SECTIONS = 1_000
"""Sections of one test, and references to sections; those counted again that it has again."""
MAX_CHOICES = 200
MAX_PARAMETERS = 100
MAX_STEPS = 400_000
"""Rules that are carried out to find out what one item's response processing means."""
MAX_LOSSES = 40
"""Reasons told of one item; the rest is counted."""
PIECE = 64 * 1024
