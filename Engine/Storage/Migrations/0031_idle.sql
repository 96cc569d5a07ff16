-- Revisions that wait until builders are idle (state WaitingForIdle), and what is dropped with one that is taken back.

ALTER TABLE config_revisions
    ADD COLUMN idle_builders text[],                        -- these must be idle, where it is empty all; null: it does not wait for that (any more)
    ADD COLUMN deadline timestamptz,                        -- so long it waits for that; null: for as long as it takes
    ADD COLUMN at_deadline text,                            -- AtDeadline
    ADD COLUMN cancels_waiting boolean NOT NULL DEFAULT false, -- what waits for builders that go with it is cancelled, not set aside
    ADD COLUMN brought_by text[] NOT NULL DEFAULT '{}';     -- of one to come: the sources whose content goes back when it is dropped

-- One to come at most, whatever it waits for.
CREATE UNIQUE INDEX config_revisions_to_come ON config_revisions ((true)) WHERE state IN ('HeldBack', 'WaitingForIdle');
