-- Engines that begin builds of some builders only. An engine of an earlier release leaves these columns as they were: they mean something only while limits_incarnation is the incarnation.
ALTER TABLE masters
    ADD COLUMN limits_incarnation bigint NOT NULL DEFAULT 0,
    ADD COLUMN only_builders text[] NOT NULL DEFAULT '{}',  -- names and patterns; both empty: all builders
    ADD COLUMN only_tags text[] NOT NULL DEFAULT '{}';
