using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Configuration.Check;

namespace Weir.Engine.Tests.Configuration;

public sealed class MutationTests
{
    private static readonly string[] Pieces =
        ["\n", "\n  ", ": ", "- ", "{", "}", "[", "]", "'", "\"", "&a ", "*a", "!x ", "${{", "}}", "<<: ", "|\n", ">-\n", "#", "~", "\t", "\0", "\u2028", "\ud800", "%", "@", "? ", "---\n", "...\n", ",", "0", "properties.", "steps", "no"];

    /// <summary>A place in the text, how much is taken away there, and what is put in.</summary>
    private sealed record Mutation(int At, int Take, string Put);

    [Fact]
    public void A_mutated_configuration_is_read_or_refused_with_a_place_but_never_throws()
    {
        var mutation =
            from at in Gen.Choose(0, Samples.Whole.Length - 1)
            from take in Gen.Frequency((3, Gen.Constant(0)), (2, Gen.Choose(1, 3)), (1, Gen.Choose(1, 200)))
            from put in Gen.Frequency((3, Gen.Elements(Pieces)), (1, Gen.Constant("")), (1, Gen.Choose(0, Samples.Whole.Length - 60).Select(i => Samples.Whole.Substring(i, 50))))
            select new Mutation(at, take, put);

        Prop.ForAll(mutation.NonEmptyListOf().ToArbitrary(), mutations =>
        {
            var text = mutations.Take(6).Aggregate(Samples.Whole, Apply);

            var (model, problems) = ConfigurationReader.Read(Samples.Part(text));

            var lines = text.Split('\n').Length;
            return (model is null) == problems.Count > 0 && problems.All(p => p.Line >= 1 && p.Line <= lines + 1 && p.Column >= 1 && p.Message.Length > 5);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    private static string Apply(string text, Mutation mutation)
    {
        var at = Math.Min(mutation.At, text.Length);
        return text.Remove(at, Math.Min(mutation.Take, text.Length - at)).Insert(at, mutation.Put);
    }
}
