using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>What things will be called when a configuration is in force: a frozen plan in the names of that configuration, so that one lock is one also where it is renamed.</summary>
internal sealed class NamesToCome(FormerNames former, WeirConfiguration model)
{
    private readonly Dictionary<(string, string), string> renamed = new (string Section, IEnumerable<IRenamable> Things)[] { ("builders", model.Builders), ("workers", model.Workers), ("locks", SharedDirectories.AllLocks(model)) }
        .SelectMany(s => s.Things.Where(t => t.Was is not null).Select(t => (Key: (s.Section, t.Was!), t.Name))).ToDictionary(r => r.Key, r => r.Name);

    /// <summary>Of a name of now.</summary>
    public string Of(string section, string name) => renamed.GetValueOrDefault((section, name), name);

    /// <summary>Of a builder as a plan has it, frozen under a revision.</summary>
    public BuilderConfiguration Of(BuilderConfiguration builder, long revision)
    {
        return builder with
        {
            Name = Name("builders", builder.Name),
            Was = null,
            Workers = builder.Workers with { Names = [.. builder.Workers.Names.Select(n => Name("workers", n))] },
            Locks = Uses(builder.Locks),
            Steps = [.. builder.Steps.Select(Step)],
        };

        string Name(string section, string name) => Of(section, former.Now(section, name, revision));

        IReadOnlyList<LockUse> Uses(IReadOnlyList<LockUse> uses) => [.. uses.Select(u => u with { Name = Name("locks", u.Name) })];

        StepConfiguration Step(StepConfiguration step) => step switch
        {
            TriggerStepConfiguration trigger => trigger with
            {
                Locks = Uses(trigger.Locks),
                Targets = [.. trigger.Targets.Select(t => t with { Builder = Name("builders", t.Builder) })],
                Inherit = [.. trigger.Inherit.Select(l => Name("locks", l))],
            },
            _ => step with { Locks = Uses(step.Locks) },
        };
    }
}
