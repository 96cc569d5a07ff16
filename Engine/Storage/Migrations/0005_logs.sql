-- Groups, errors and warnings of a chunk, as the worker found them (LogBorder): the outline of a log is read without its lines. Few chunks have any.
ALTER TABLE log_chunks ADD COLUMN marks bytea;
CREATE INDEX log_chunks_marked ON log_chunks (log_id, first_line) WHERE marks IS NOT NULL;
