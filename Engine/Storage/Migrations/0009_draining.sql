-- Masters that are told to go. A master that drains claims nothing more, hands its workers over, and ends.
ALTER TABLE masters
    ADD COLUMN identity uuid UNIQUE,                -- kept with the master's data: the name is a label; null: from before there was one
    ADD COLUMN drain_requested_at timestamptz,
    ADD COLUMN drain_by text,
    ADD COLUMN drain_reason text,
    ADD COLUMN drain_quick boolean NOT NULL DEFAULT false,  -- at once: what runs is taken over, by another engine or by its next start
    ADD COLUMN drain_deadline timestamptz,          -- when waiting becomes quick; null: never
    ADD COLUMN retired_at timestamptz;              -- it will not come back; lists leave it out
