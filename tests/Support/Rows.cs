using System.Text;
using Npgsql;
using NpgsqlTypes;
using Weir.Shared.Builds;
using Weir.Shared.Logs;

namespace Weir.Support;

/// <summary>Fills a store with rows as the engines would leave them, straight by SQL. Names and times have defaults; ids are what the store gave.</summary>
public sealed class Rows(TestStore store)
{
    private int names;

    /// <summary>Where times begin: an hour before the rows are made. Offsets count from here.</summary>
    public DateTimeOffset Start { get; } = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()).AddHours(-1);

    public DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);

    public Task<long> Master(string? name = null, string state = "Active", DateTimeOffset? heartbeat = null, string[]? roles = null, string[]? addresses = null, string? host = null) => Insert(
        "INSERT INTO masters (name, roles, version, state, addresses, host, started_at, heartbeat_at) VALUES (@name, @roles, '1.2.3', @state, @addresses, @host, @start, coalesce(@heartbeat, weir_now())) RETURNING id",
        ("name", name ?? Name("master")), ("roles", roles ?? ["ui", "engine"]), ("state", state), ("addresses", addresses ?? []), ("host", host), ("start", Start), ("heartbeat", heartbeat));

    public Task<long> Revision(string state = "InForce", string parts = "[]", string? model = "{}", string problems = "[]") => Insert(
        "INSERT INTO config_revisions (hash, author, created_at, reason, state, parts, model, problems) VALUES (@hash, 'ada', @start, 'test', @state, @parts::jsonb, @model::jsonb, @problems::jsonb) RETURNING id",
        ("hash", Name("hash")), ("start", Start), ("state", state), ("parts", parts), ("model", model), ("problems", problems));

    public async Task InForce(long revision) => await Run(
        "INSERT INTO config_in_force (revision_id) VALUES (@revision) ON CONFLICT (single) DO UPDATE SET revision_id = @revision", ("revision", revision));

    public Task<long> Builder(string? name = null, string? project = null, string[]? tags = null, int position = 0, string[]? workerNames = null, string[]? workerTags = null, string? description = null, bool retired = false) => Insert(
        """
        INSERT INTO builders (name, project, description, tags, position, worker_names, worker_tags, retired_at)
        VALUES (@name, @project, @description, @tags, @position, @workerNames, @workerTags, CASE WHEN @retired THEN @start END) RETURNING id
        """,
        ("name", name ?? Name("builder")), ("project", project), ("description", description), ("tags", tags ?? []), ("position", position),
        ("workerNames", workerNames ?? []), ("workerTags", workerTags ?? []), ("retired", retired), ("start", Start));

    public Task<long> Worker(string? name = null, string[]? tags = null, bool configured = true, bool retired = false, string? pausedBy = null, string? pauseReason = null, int maxBuilds = 1, string info = "{}") => Insert(
        """
        INSERT INTO workers (name, tags, configured, max_builds, info, retired_at, paused_at, paused_by, pause_reason)
        VALUES (@name, @tags, @configured, @maxBuilds, @info::jsonb, CASE WHEN @retired THEN @start END, CASE WHEN @pausedBy::text IS NOT NULL THEN @start END, @pausedBy, @pauseReason) RETURNING id
        """,
        ("name", name ?? Name("worker")), ("tags", tags ?? []), ("configured", configured), ("maxBuilds", maxBuilds), ("info", info), ("retired", retired), ("start", Start),
        ("pausedBy", pausedBy), ("pauseReason", pauseReason));

    /// <summary>A session that lives, unless it ended or its heartbeat is old.</summary>
    public Task<long> Session(long worker, long master, long session = 1, DateTimeOffset? heartbeat = null, DateTimeOffset? ended = null) => Insert(
        """
        INSERT INTO worker_sessions (worker_id, session, master_id, instance, boot, protocol, connected_at, heartbeat_at, ended_at)
        VALUES (@worker, @session, @master, gen_random_uuid(), 'boot', 1, @start, coalesce(@heartbeat, weir_now()), @ended) RETURNING session
        """,
        ("worker", worker), ("session", session), ("master", master), ("start", Start), ("heartbeat", heartbeat), ("ended", ended));

    public Task<long> Change(string author = "ada", string comments = "Mend it", string? branch = "main", string? revision = null, string? codebase = "lib", string? project = null, DateTimeOffset? received = null, string[]? files = null, string properties = "{}") => Insert(
        """
        INSERT INTO changes (author, committer, codebase, project, repository, branch, revision, category, comments, files, properties, revision_link, when_at, received_at, parent_ids)
        VALUES (@author, 'grace', @codebase, @project, 'https://example.org/lib.git', @branch, @revision, 'dev', @comments, @files, @properties::jsonb, 'https://example.org/c', @start, coalesce(@received, @start), '{}')
        RETURNING id
        """,
        ("author", author), ("comments", comments), ("branch", branch), ("revision", revision ?? Name("rev")), ("codebase", codebase), ("project", project), ("received", received),
        ("files", files ?? []), ("properties", properties), ("start", Start));

    /// <summary>A buildset with one source stamp and these changes.</summary>
    public async Task<long> Buildset(string reason = "a test", string? scheduler = null, string? branch = "main", string? revision = "abc", long[]? changes = null, string properties = "[]", DateTimeOffset? submitted = null, BuildResult? results = null)
    {
        var id = await Insert(
            """
            INSERT INTO buildsets (reason, scheduler, submitted_at, completed_at, results, properties)
            VALUES (@reason, @scheduler, @submitted, CASE WHEN @results::smallint IS NOT NULL THEN @submitted + interval '1 minute' END, @results, @properties::jsonb) RETURNING id
            """,
            ("reason", reason), ("scheduler", scheduler), ("submitted", submitted ?? Start), ("results", (short?)results), ("properties", properties));
        await SourceStamp(id, "lib", branch, revision);
        foreach (var change in changes ?? [])
            await Run("INSERT INTO buildset_changes (buildset_id, change_id) VALUES (@id, @change)", ("id", id), ("change", change));
        return id;
    }

    public Task<long> SourceStamp(long buildset, string codebase, string? branch, string? revision) => Insert(
        """
        WITH stamp AS (
            INSERT INTO sourcestamps (codebase, repository, branch, revision, created_at) VALUES (@codebase, 'https://example.org/lib.git', @branch, @revision, @start) RETURNING id)
        INSERT INTO buildset_sourcestamps (buildset_id, sourcestamp_id) SELECT @buildset, id FROM stamp RETURNING sourcestamp_id
        """,
        ("codebase", codebase), ("branch", branch), ("revision", revision), ("buildset", buildset), ("start", Start));

    /// <summary>A request; waiting when <paramref name="waits"/> gives the kind of its reason.</summary>
    public async Task<long> Request(long buildset, long builder, int priority = 0, DateTimeOffset? submitted = null, string? waits = null, string text = "It waits.", long? claimedBy = null, BuildResult? results = null)
    {
        var id = await Insert(
            """
            INSERT INTO requests (buildset_id, builder_id, priority, submitted_at, claimed_at, claimed_by, completed_at, results)
            VALUES (@buildset, @builder, @priority, @submitted, CASE WHEN @claimedBy::bigint IS NOT NULL THEN @submitted END, @claimedBy, CASE WHEN @results::smallint IS NOT NULL THEN @submitted + interval '1 minute' END, @results)
            RETURNING id
            """,
            ("buildset", buildset), ("builder", builder), ("priority", priority), ("submitted", submitted ?? Start), ("claimedBy", claimedBy), ("results", (short?)results));
        if (waits is not null)
            await Run(
                """
                INSERT INTO open_requests (request_id, buildset_id, builder_id, priority, submitted_at, wait_kind, wait_text, wait_since)
                VALUES (@id, @buildset, @builder, @priority, @submitted, @waits, @text, @submitted)
                """,
                ("id", id), ("buildset", buildset), ("builder", builder), ("priority", priority), ("submitted", submitted ?? Start), ("waits", waits), ("text", text));
        return id;
    }

    /// <summary>What most builds need: a buildset with one request.</summary>
    public async Task<(long Buildset, long Request)> Order(long builder, string reason = "a test", string? branch = "main", long[]? changes = null)
    {
        var buildset = await Buildset(reason, branch: branch, changes: changes);
        return (buildset, await Request(buildset, builder));
    }

    /// <summary>A build that began and (if it has results) ended so many seconds after <see cref="Start"/>; without results it is open and owned.</summary>
    public async Task<long> Build(long builder, long worker, long master, long revision, double from = 0, double to = 60, BuildResult? results = BuildResult.Success, (long Buildset, long Request)? order = null, string? branch = "main", string? text = null, int attempt = 1)
    {
        var (buildset, request) = order ?? await Order(builder, branch: branch);
        var id = await Insert(
            """
            WITH numbered AS (UPDATE builders SET last_number = last_number + 1 WHERE id = @builder RETURNING last_number)
            INSERT INTO builds (builder_id, number, request_id, buildset_id, worker_id, master_id, config_revision_id, attempt, started_at, completed_at, results, state_text, branch, revision)
            SELECT @builder, last_number, @request, @buildset, @worker, @master, @revision, @attempt, @from, CASE WHEN @results::smallint IS NOT NULL THEN @to END, @results, @text, @branch, 'abc' FROM numbered
            RETURNING id
            """,
            ("builder", builder), ("request", request), ("buildset", buildset), ("worker", worker), ("master", master), ("revision", revision), ("attempt", attempt),
            ("from", At(from)), ("to", At(to)), ("results", (short?)results), ("text", text ?? results?.Word() ?? "running"), ("branch", branch));
        if (results is null)
            await Run("INSERT INTO build_owners (build_id, epoch, master_id, worker_id) VALUES (@id, 1, @master, @worker)", ("id", id), ("master", master), ("worker", worker));
        return id;
    }

    public Task<long> Plan(long build, string plan) => Insert("INSERT INTO build_plans (build_id, format, plan) VALUES (@build, 1, @plan::jsonb) RETURNING build_id", ("build", build), ("plan", plan));

    public Task<long> Property(long build, string name, string value, string source) => Insert(
        "INSERT INTO build_properties (build_id, name, value, source) VALUES (@build, @name, @value::jsonb, @source) RETURNING build_id", ("build", build), ("name", name), ("value", value), ("source", source));

    public Task<long> Stop(long build, string by, string? reason) => Insert(
        "INSERT INTO build_stops (build_id, requested_at, requested_by, reason) VALUES (@build, @start, @by, @reason) RETURNING build_id", ("build", build), ("start", Start), ("by", by), ("reason", reason));

    public Task<long> Step(long build, int number, string name, string kind = "run", double from = 0, double to = 10, BuildResult? results = BuildResult.Success, bool hidden = false) => Insert(
        """
        INSERT INTO steps (build_id, number, name, kind, state_text, started_at, completed_at, results, hidden)
        VALUES (@build, @number, @name, @kind, @name, @from, CASE WHEN @results::smallint IS NOT NULL THEN @to END, @results, @hidden) RETURNING id
        """,
        ("build", build), ("number", number), ("name", name), ("kind", kind), ("from", At(from)), ("to", At(to)), ("results", (short?)results), ("hidden", hidden));

    /// <summary>An empty log.</summary>
    public Task<long> Log(long build, long step, string name = "stdio", char type = 's', DateOnly? expires = null) => Insert(
        "INSERT INTO logs (build_id, step_id, name, slug, type, started_at, expires_on) VALUES (@build, @step, @name, @name, @type::\"char\", @start, @expires) RETURNING id",
        ("build", build), ("step", step), ("name", name), ("type", type.ToString()), ("start", Start), ("expires", expires ?? DateOnly.FromDateTime(Start.UtcDateTime).AddDays(90)));

    /// <summary>A log of a build and step made for it, with lines in chunks.</summary>
    public async Task<long> LogOf(long build, params IReadOnlyList<LogLine>[] chunks)
    {
        var log = await Log(build, await Step(build, 0, "compile"));
        await Append(log, chunks);
        return log;
    }

    /// <summary>Appends chunks to a log. The numbers of the lines are given here; their times are those of the lines.</summary>
    public async Task Append(long log, params IEnumerable<IReadOnlyList<LogLine>> chunks)
    {
        var expires = DateOnly.FromDateTime(await store.Scalar<DateTime>(FormattableString.Invariant($"SELECT expires_on::timestamp FROM logs WHERE id = {log}")));
        await store.Partitions.EnsureExpiry(expires.AddDays(-6), CancellationToken.None);
        await store.Partitions.EnsureExpiry(expires, CancellationToken.None);
        await using var connection = await store.Database.Open(CancellationToken.None);
        var (seq, line, bytes) = await End(connection, log);
        var border = new LogBorder();
        await using (var copy = await connection.BeginBinaryImportAsync("COPY log_chunks (expires_on, log_id, seq, first_line, line_count, first_byte, byte_count, first_at, content, marks) FROM STDIN (FORMAT BINARY)"))
        {
            foreach (var chunk in chunks.Where(c => c.Count > 0))
            {
                var size = chunk.Sum(l => l.Bytes.Length + 1);
                await copy.StartRowAsync();
                await copy.WriteAsync(expires, NpgsqlDbType.Date);
                await copy.WriteAsync(log, NpgsqlDbType.Bigint);
                await copy.WriteAsync(seq++, NpgsqlDbType.Integer);
                await copy.WriteAsync(line, NpgsqlDbType.Bigint);
                await copy.WriteAsync(chunk.Count, NpgsqlDbType.Integer);
                await copy.WriteAsync(bytes, NpgsqlDbType.Bigint);
                await copy.WriteAsync(size, NpgsqlDbType.Integer);
                await copy.WriteAsync(chunk[0].At, NpgsqlDbType.Bigint);
                var packed = LogChunk.Pack(chunk, border);
                await copy.WriteAsync(packed, NpgsqlDbType.Bytea);
                if (LogBorder.MarksOf(LogChunk.Border(packed)) is { IsEmpty: false } marks)
                    await copy.WriteAsync(marks.ToArray(), NpgsqlDbType.Bytea);
                else
                    await copy.WriteNullAsync();
                line += chunk.Count;
                bytes += size;
            }
            await copy.CompleteAsync();
        }
        await Run("UPDATE logs SET line_count = @line, byte_count = @bytes, chunk_count = @seq WHERE id = @log", ("line", line), ("bytes", bytes), ("seq", seq), ("log", log));
    }

    /// <summary>A line of a log to be made.</summary>
    public static LogLine Line(string text, LogStream stream = LogStream.Stdout, LineEnd end = LineEnd.Newline, long at = 0) => new(0, at, stream, end, Encoding.UTF8.GetBytes(text));

    /// <summary>Runs a statement with parameters.</summary>
    public async Task Run(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await store.Database.Open(CancellationToken.None);
        await using var command = Command(connection, sql, parameters);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> Insert(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await store.Database.Open(CancellationToken.None);
        await using var command = Command(connection, sql, parameters);
        return (long)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException("Nothing was inserted: " + sql));
    }

    private static async Task<(int Seq, long Line, long Bytes)> End(NpgsqlConnection connection, long log)
    {
        await using var command = Command(connection, "SELECT chunk_count, line_count, byte_count FROM logs WHERE id = @log", ("log", log));
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters)
            command.Parameters.Add(Parameter(name, value));
        return command;
    }

    // A null needs its type, which its text in the statement gives where it matters.
    private static NpgsqlParameter Parameter(string name, object? value) => new(name, value switch
    {
        null => DBNull.Value,
        DateTimeOffset time => time.ToUniversalTime(),
        _ => value,
    });

    private string Name(string what) => FormattableString.Invariant($"{what}-{Interlocked.Increment(ref names)}");
}
