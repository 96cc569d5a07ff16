using System.Globalization;
using Weir.Shared.Builds;

namespace Weir.App.Client;

/// <summary>All addresses of pages and of the forms they post; no page writes one by hand.</summary>
public static class Urls
{
    public const string Home = "/";
    public const string Waterfall = "/waterfall";
    public const string WaterfallTable = "/waterfall/table";
    public const string WaterfallChunk = "/waterfall/chunk";
    public const string WaterfallCard = "/waterfall/card";
    public const string Buildsets = "/buildsets";
    public const string Builders = "/builders";
    public const string Queue = "/queue";
    public const string Locks = "/locks";
    public const string Pauses = "/pauses";
    public const string BeginPause = "/pauses/begin";
    public const string Workers = "/workers";
    public const string Masters = "/masters";
    public const string Changes = "/changes";
    public const string Hooks = "/changes/hooks";
    public const string Schedulers = "/schedulers";
    public const string Graph = "/graph";
    public const string Configuration = "/configuration";
    public const string Rest = "/rest";
    public const string OpenApi = "/api/v2/openapi.json";
    public const string SignOut = "/sign-out";

    public static string Buildset(long id) => $"/buildsets/{Text(id)}";
    public static string CancelBuildset(long id) => $"/buildsets/{Text(id)}/cancel";

    public static string BuildersOf(string project) => With(Builders, ("q", "project:" + project));
    public static string Builder(string name) => $"/builders/{Escape(name)}";
    public static string Force(string builder, string scheduler) => $"/builders/{Escape(builder)}/force/{Escape(scheduler)}";

    public static string Build(BuildSummary build) => Build(build.BuilderName, build.Number);
    public static string Build(string builder, int number) => $"/builders/{Escape(builder)}/builds/{Text(number)}";
    public static string CompareBuilds(string builder, int from, int to) => $"{Build(builder, from)}/compare/{Text(to)}";
    public static string StopBuild(long id) => $"/builds/{Text(id)}/stop";
    public static string Rebuild(long id) => $"/builds/{Text(id)}/rebuild";

    public static string Log(long id) => $"/logs/{Text(id)}";
    public static string RawLog(long id) => $"/logs/{Text(id)}/raw";

    /// <summary>The log at a line, numbered from 1 as people see it; without script the server shows the part that holds it.</summary>
    public static string LogLine(long id, long line) => $"/logs/{Text(id)}?line={Text(line)}#L{Text(line)}";

    /// <summary>The log from a line on.</summary>
    public static string LogFrom(long id, long line) => $"/logs/{Text(id)}?line={Text(line)}";
    public static string LogTail(long id) => $"/logs/{Text(id)}?tail=true";

    public static string Request(long id) => $"/requests/{Text(id)}";
    public static string CancelRequest(long id) => $"/requests/{Text(id)}/cancel";
    public static string CompleteRequest(long id) => $"/requests/{Text(id)}/complete";

    public static string MoveUp(long id) => $"/requests/{Text(id)}/move-up";
    public static string Prioritise(long id) => $"/requests/{Text(id)}/priority";

    public static string Worker(string name) => $"/workers/{Escape(name)}";
    public static string ShutDownMaster(long id) => $"/masters/{id}/shutdown";
    public static string KeepMaster(long id) => $"/masters/{id}/stay";
    public static string RetireMaster(long id) => $"/masters/{id}/retire";
    public static string Pause(string page) => $"{page}/pause";
    public static string Resume(string page) => $"{page}/resume";
    public static string NewPause() => With(Pauses, ("new", "1"));
    public static string ResumePause(long id) => $"{Pauses}/{Text(id)}/resume";
    public static string MoveDirectory(string name) => $"/shareddirectories/{Escape(name)}/move";

    public static string PauseWorker(string name) => $"/workers/{Escape(name)}/pause";
    public static string ResumeWorker(string name) => $"/workers/{Escape(name)}/resume";

    public static string Change(long id) => $"/changes/{Text(id)}";
    public static string ReadHookAgain(long id) => $"/changes/hooks/{Text(id)}/read-again";
    public static string Scheduler(string name) => $"/schedulers/{Escape(name)}";
    public static string EnableScheduler(string name) => $"/schedulers/{Escape(name)}/enable";
    public static string DisableScheduler(string name) => $"/schedulers/{Escape(name)}/disable";
    public static string PollSource(string name) => $"/sources/{Escape(name)}/poll";
    public const string ComparePath = "/configuration/compare";
    public static string CompareRevisions(long from, long to) => With(ComparePath, ("from", Text(from)), ("to", Text(to)));
    public static string Revision(long id) => $"/configuration/{Text(id)}";
    public const string Secrets = "/secrets";

    public static string RemoveSecret(string name) => $"/secrets/{Escape(name)}/remove";

    public static string CancelRevision(long id) => $"/configuration/{Text(id)}/cancel";

    public static string EnforceRevision(long id) => $"/configuration/{Text(id)}/enforce";

    public static string RestoreRevision(long id) => $"/configuration/{Text(id)}/restore";

    public const string TextPath = "/configuration/text";
    public const string CheckText = "/configuration/text/check";
    public static string ConfigurationText(string name, int line = 0) => With(TextPath, ("name", name), ("line", line > 0 ? Text(line) : null));
    public const string NewText = "/configuration/text?new=1";

    public static string Things(string section) => $"/configuration/things/{Escape(section)}";
    public static string Thing(string section, string name) => $"{Things(section)}/{Escape(name)}";
    public static string NewThing(string section, string? type = null) => With($"/configuration/new/{Escape(section)}", ("type", type));
    public static string CopyThing(string section, string name) => With($"/configuration/new/{Escape(section)}", ("like", name));

    public static string SignIn(string? returnTo = null) => returnTo is null or "/" ? "/sign-in" : $"/sign-in?returnTo={Escape(returnTo)}";

    /// <summary>Adds what is given to a path as its query, in order; what is null or empty is left out.</summary>
    public static string With(string path, params (string Name, string? Value)[] query)
    {
        var parts = query.Where(q => !string.IsNullOrEmpty(q.Value)).Select(q => $"{q.Name}={Escape(q.Value!)}").ToArray();
        return parts.Length == 0 ? path : $"{path}?{string.Join('&', parts)}";
    }

    /// <summary>True for an address on this site: one slash, then anything but another.</summary>
    public static bool IsLocal(string? address) => address is ['/', not '/' and not '\\', ..] or "/";

    private static string Escape(string text) => Uri.EscapeDataString(text);
    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
