"""Which scoring versions an answer may stand under when one of them counts."""

# A new form changes nothing about answers to the forms before: what was judged under the version
# that the form came after counts on.
FIRST_OF_LINEAGE = (
    "(SELECT max(o.number) FROM scoring_versions AS o WHERE o.assessment_id = {0}.assessment_id"
    " AND o.number <= {0}.number AND o.state = 'published' AND o.cause <> 'new_form')"
)
"""The number of the first of them, where `{0}` is the one that counts."""
