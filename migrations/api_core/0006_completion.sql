-- Grades from files, calendars, what completes a lesson, and certificates.

ALTER TABLE grade_events DROP CONSTRAINT grade_events_source_is_known,
    ADD CONSTRAINT grade_events_source_is_known CHECK (source IN ('auto', 'ai', 'human', 'override', 'import'));
