-- Properties that somebody has given to one request, so that it can be built: the builder has come to require them since it was made. [{Name, Value, Source}], after those of its buildset.
ALTER TABLE requests ADD COLUMN given jsonb NOT NULL DEFAULT '[]';
