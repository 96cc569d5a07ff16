using Weir.Engine.Configuration.Timetables;

namespace Weir.Engine.Configuration.Format;

/// <summary>The keys of workers and of when they are available.</summary>
internal static class WorkerFormat
{
    private static readonly FlagKind Flag = new();
    private static readonly TextKind Tag = new("a tag", TextRules.Tag);
    private static readonly MapKind Properties = new("property", TextRules.PropertyName, TextRules.PropertyPattern, new JsonKind());
    private static readonly TextKind TimeOfDay = new("a time of the day", TimeTexts.TimeComplaint, 16);
    private static readonly TextKind Date = new("a date", TimeTexts.DateComplaint, 16);
    private static readonly TextKind Days = new("days of the week", TimeTexts.DaysComplaint, 16);

    public static Shape Window { get; } = new("a window", "A window of the week. It is open as long as the clock on the wall shows a time of it: what the clock leaves out when it is put forward does not happen, and what it shows twice is open twice.",
    [
        new("days", new ListKind(Days, AllowSingle: true), "The days on which it opens: mon, or a range like mon-fri.", "every day"),
        new("from", TimeOfDay, "When it opens.", "00:00"),
        new("to", TimeOfDay, "When it closes; on the next day where this is not after `from`.", "24:00"),
    ]);

    public static Shape WindowException { get; } = new("an exception", "A date on which only its exceptions count, from midnight to midnight, not the weekly windows.",
    [
        new("date", Date, "The date, or the first of several.", Required: true),
        new("until", Date, "The last of the dates.", "the same date"),
        new("open", Flag, "false: closed; true: open the whole day, or from and to.", "true, where from or to is given"),
        new("from", TimeOfDay, "When it opens on these dates.", "00:00"),
        new("to", TimeOfDay, "When it closes, as for a window.", "24:00"),
    ]);

    public static Shape Availability { get; } = new("availability", "When the worker may be given builds. A window's end never ends a build, unless `atClose` says so.",
    [
        new("timeZone", new TextKind("a time zone's name", Zones.Complaint, 64), "The zone whose clocks count, by its IANA name: Europe/Budapest.", "UTC"),
        new("windows", new ListKind(new ShapeKind(Window), Most: 100), "The weekly windows; it is open while one of them is. Windows that touch are one.", Required: true),
        new("exceptions", new ListKind(new ShapeKind(WindowException), Most: 366), "Dates on which the weekly windows do not count."),
        new("lastStart", new WordKind(["fits", "open"], []), "fits: a build that would probably outlast the window, by its builder's usual duration, is not begun in it; open: builds are begun until it closes.", "fits"),
        new("atClose", new WordKind(["finish", "interrupt"], []), "What becomes of builds that run when it closes: they finish, or they are ended and queued again (which counts as no attempt).", "finish"),
    ]);

    public static Shape Worker { get; } = new("a worker", "A worker, or with one * in its name any worker of such a name that has a valid token.",
    [
        Key.Was("its builds, its token, its pause and its shared directories go with it; the worker itself may go on using the former name"),
        new("maxBuilds", new NumberKind(1, 1000), "How many builds it runs at once.", "1"),
        new("tags", new ListKind(Tag, AllowSingle: true), "What builders may ask for."),
        new("properties", Properties, "Properties of every build that runs on it."),
        new("missingAfter", new DurationKind(TimeSpan.FromSeconds(10), TimeSpan.FromDays(365)), "It counts as missing when it was away for so long.", "10m"),
        new("availability", new ShapeKind(Availability), "When it may be given builds.", "always"),
        Key.Later("notify"),
    ]);
}
