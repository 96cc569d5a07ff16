-- Slots that builds give up while they wait for what they have set off.

-- Since when a build has no slot on its worker (null: it has one), and since when it asks for one again.
ALTER TABLE build_owners ADD COLUMN slot_released_at timestamptz;
ALTER TABLE build_owners ADD COLUMN slot_asked_at timestamptz;
CREATE INDEX build_owners_asking ON build_owners (slot_asked_at) WHERE slot_asked_at IS NOT NULL;
