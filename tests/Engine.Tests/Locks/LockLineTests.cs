using Weir.Engine.Locks;

namespace Weir.Engine.Tests.Locks;

/// <summary>Lines before locks. Locks are letters, builds numbers; the capacity is 1 unless a case says otherwise.</summary>
public sealed class LockLineTests
{
    private readonly LockTable table = new();
    private readonly Dictionary<char, int> capacities = [];

    private LockNeed Need(char name, int units = 1, bool exclusive = false) => new(new(name, 0), capacities.GetValueOrDefault(name, 1), units, exclusive);

    private void Held(long build, char name, int units = 1, bool exclusive = false) => table.Hold(build, new(name, 0), units, exclusive);

    private static LockWaiter Waiter(long build, params LockNeed[] needs) => new(build, DateTimeOffset.UnixEpoch.AddSeconds(build), needs);

    private static LockBlocker By(char name, long? build) => new(new(name, 0), build);

    [Fact]
    public void All_is_given_at_once_or_nothing()
    {
        Held(1, 'b');
        var line = new LockLine(table, []);

        Assert.Equal([By('b', 1)], line.Look([Need('a'), Need('b')]));
        Assert.Empty(line.Look([Need('a')]));
    }

    [Fact]
    public void Units_are_counted_and_exclusive_is_all_of_them()
    {
        capacities['a'] = 4;
        Held(1, 'a', 2);
        var line = new LockLine(table, []);

        Assert.Empty(line.Look([Need('a', 2)]));
        Assert.Equal([By('a', 1)], line.Look([Need('a', 3)]));
        Assert.Equal([By('a', 1)], line.Look([Need('a', exclusive: true)]));
        line.Take(2, [Need('a', 2)]);
        Assert.Equal([By('a', 1), By('a', -2)], line.Look([Need('a')]));
    }

    [Fact]
    public void Beside_an_exclusive_holder_there_is_nobody_though_the_capacity_was_raised()
    {
        capacities['a'] = 4;
        Held(1, 'a', 1, exclusive: true);

        Assert.Equal([By('a', 1)], new LockLine(table, []).Look([Need('a')]));
    }

    [Fact]
    public void A_lock_of_workers_is_another_one_on_each()
    {
        table.Hold(1, new('a', 1), 1, false);
        var line = new LockLine(table, []);

        Assert.NotEmpty(line.Look([new(new('a', 1), 1, 1, false)]));
        Assert.Empty(line.Look([new(new('a', 2), 1, 1, false)]));
    }

    [Fact]
    public void A_wide_waiter_is_served_under_a_stream_of_narrow_ones()
    {
        capacities['a'] = 4;
        Held(1, 'a', 2);
        var line = new LockLine(table, []);
        line.Keep([Need('a', 3)]);

        Assert.Equal([By('a', null)], line.Look([Need('a')])); // there is room for it, and it would take it from the one before
    }

    [Fact]
    public void What_the_one_before_does_not_need_goes_to_those_behind()
    {
        capacities['a'] = 4;
        Held(1, 'b');
        var line = new LockLine(table, []);
        line.Keep([Need('a', 3), Need('b')]);

        Assert.Empty(line.Look([Need('a')]));
        Assert.Equal([By('a', null)], line.Look([Need('a', 2)]));
        Assert.Equal([By('a', null)], line.Look([Need('a', exclusive: true)]));
    }

    [Fact]
    public void H_holds_cpu_and_wants_db_while_W_waits_for_both()
    {
        Held(1, 'c');
        var (w, h) = (Waiter(2, Need('c'), Need('d')), Waiter(1, Need('d')));
        var line = new LockLine(table, [w, h]);

        Assert.Equal([By('c', 1)], line.Ask(w));
        Assert.Empty(line.Ask(h)); // W waits for H: his place does not hold H up
    }

    [Fact]
    public void A_circle_through_several_places_is_broken_as_well()
    {
        // 1 holds a, wants c. 2 holds b, wants a. X waits for b and c and stands first.
        Held(1, 'a');
        Held(2, 'b');
        LockWaiter x = Waiter(9, Need('b'), Need('c')), two = Waiter(2, Need('a')), one = Waiter(1, Need('c'));
        var line = new LockLine(table, [x, two, one]);

        Assert.Equal([By('b', 2)], line.Ask(x));
        Assert.Equal([By('a', 1)], line.Ask(two));
        Assert.Empty(line.Ask(one)); // X waits for 2, which waits for 1
    }

    [Fact]
    public void A_circle_through_a_place_behind_a_place_is_broken_as_well()
    {
        // X stands first for a and d, d is held by 3. Y wants a and b and stands behind X for a. 3 holds d and wants b, which Y's place keeps.
        Held(3, 'd');
        LockWaiter x = Waiter(7, Need('a'), Need('d')), y = Waiter(8, Need('a'), Need('b')), three = Waiter(3, Need('b'));
        var line = new LockLine(table, [x, y, three]);

        Assert.Equal([By('d', 3)], line.Ask(x));
        Assert.Equal([By('a', null)], line.Ask(y));
        Assert.Empty(line.Ask(three)); // Y waits for X, X for 3
    }

    [Fact]
    public void A_running_build_passes_a_request_that_waits_for_it_and_no_other()
    {
        Held(1, 'c');
        LockWaiter one = Waiter(1, Need('d')), other = Waiter(2, Need('d'));
        var line = new LockLine(table, [one, other]);
        line.Keep([Need('c'), Need('d')]);

        Assert.Equal([By('d', null)], line.Ask(other));
        Assert.Empty(line.Ask(one));
    }

    // Any small world whose holdings could not be in a circle by themselves: asked again and again as its builds end, everybody is served, and nobody passes more often than he must.
    [Theory]
    [InlineData(400)]
    public void Whatever_the_order_everybody_is_served(int worlds)
    {
        for (var seed = 0; seed < worlds; seed++)
        {
            var random = new Random(seed);
            var locks = "abc";
            var capacity = locks.ToDictionary(l => l, _ => random.Next(1, 4));
            // Each build wants two sets of locks one after the other, the second only of locks behind the first: the order that the configuration check proves.
            var builds = Enumerable.Range(1, 6).Select(id => new Small(id, random.Next(locks.Length), random, capacity)).ToList();
            var time = 0;
            while (builds.Count > 0 && time++ < 100)
            {
                var held = new LockTable();
                foreach (var build in builds)
                    held.Hold(build.Id, build.Held);
                var waiters = builds.Where(b => b.Wanted.Count > 0).Select(b => new LockWaiter(b.Id, DateTimeOffset.UnixEpoch.AddSeconds(b.Asked), b.Wanted)).OrderBy(w => w.AskedAt).ThenBy(w => w.Build).ToList();
                var line = new LockLine(held, waiters);
                var served = waiters.Where(w => line.Ask(w).Count == 0).Select(w => w.Build).ToHashSet();
                var running = builds.Where(b => b.Wanted.Count == 0).ToList();
                Assert.True(served.Count > 0 || running.Count > 0, $"seed {seed}: all wait for one another");
                foreach (var place in locks)
                    Assert.True(builds.Sum(b => b.Held.Concat(served.Contains(b.Id) ? b.Wanted : []).Where(n => n.Place.Lock == place).Sum(n => n.Units)) <= capacity[place], $"seed {seed}: too much of {place}");
                foreach (var build in builds.Where(b => served.Contains(b.Id)))
                    build.Serve();
                foreach (var build in running.Where(_ => random.Next(2) == 0))
                    build.GoOn(time);
                builds.RemoveAll(b => b.IsOver);
            }
            Assert.True(builds.Count == 0, $"seed {seed}: {builds.Count} builds are left");
        }
    }

    private sealed class Small
    {
        private readonly Queue<IReadOnlyList<LockNeed>> stages;

        public Small(long id, int cut, Random random, Dictionary<char, int> capacity)
        {
            Id = id;
            IReadOnlyList<LockNeed> Some(IEnumerable<char> of) => [.. of.Where(_ => random.Next(3) > 0).Select(l => new LockNeed(new(l, 0), capacity[l], random.Next(1, capacity[l] + 1), false))];
            var names = capacity.Keys.Order().ToList();
            stages = new([Some(names.Take(cut + 1)), Some(names.Skip(cut + 1))]);
            Wanted = stages.Dequeue();
            Asked = random.Next(5);
        }

        public long Id { get; }
        public int Asked { get; private set; }
        public List<LockNeed> Held { get; } = [];
        public IReadOnlyList<LockNeed> Wanted { get; private set; }
        public bool IsOver { get; private set; }

        public void Serve() => (_, Wanted) = (Add(Wanted), []);

        public void GoOn(int time)
        {
            if (stages.TryDequeue(out var next))
                (Wanted, Asked) = (next, time);
            else
                IsOver = true;
        }

        private int Add(IReadOnlyList<LockNeed> needs)
        {
            Held.AddRange(needs);
            return Held.Count;
        }
    }
}
