using System.Text.Json;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers;

/// <summary>Puts the properties of a buildset together; of one name the later wins: changes (the newest last), scheduler, request. Pure.</summary>
internal static class BuildsetProperties
{
    public const string FromChange = "Change";
    public const string FromScheduler = "Scheduler";
    public const string FromForce = "Force Build Form";

    public static IReadOnlyList<PropertyRecord> Merge(IReadOnlyList<ChangeRecord> changes, SchedulerConfiguration scheduler, string reason, IReadOnlyList<PropertyRecord> request)
    {
        var all = new OrderedDictionary<string, PropertyRecord>();
        foreach (var change in changes.OrderBy(c => c.Id))
        {
            foreach (var property in change.Properties)
                all[property.Name] = new(property.Name, property.Value, FromChange);
        }
        foreach (var (name, value) in scheduler.Properties)
            all[name] = new(name, value.GetRawText(), FromScheduler);
        all["scheduler"] = Text("scheduler", scheduler.Name, FromScheduler);
        all["reason"] = Text("reason", reason, FromScheduler);
        foreach (var property in request)
            all[property.Name] = property;
        return [.. all.Values];
    }

    public static PropertyRecord Text(string name, string value, string source) => new(name, JsonSerializer.Serialize(value), source);
}
