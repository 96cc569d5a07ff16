-- Directories on workers that builders share. For the allocator each is a lock of scope worker (named shared/NAME): who writes has all of it, who reads one unit.

-- The worker that has it, for good: the first build that uses it decides, or an admin who moves it. Builders that use several directories have them all on one worker.
-- Written under the rows of the locks.
CREATE TABLE shared_directories (
    lock_id bigint PRIMARY KEY REFERENCES locks,
    worker_id bigint NOT NULL REFERENCES workers,
    placed_at timestamptz NOT NULL,
    placed_by text                                  -- who moved it there; null: a build was the first
);
CREATE INDEX shared_directories_by_worker ON shared_directories (worker_id);

-- What a worker has said of the directories that it has: [{"Name", "Bytes", "Writer", "WrittenAt", "EndedWell"}, …].
ALTER TABLE workers ADD COLUMN directories jsonb NOT NULL DEFAULT '[]';
