using Weir.Shared.Configuration;

namespace Weir.App.Client.Configuration.Forms;

/// <summary>What a form says, by the places of its fields.</summary>
internal static class FormTexts
{
    public static IReadOnlyDictionary<string, string> Of(ThingForm form)
    {
        var texts = new Dictionary<string, string>();
        foreach (var field in form.Fields)
            Add(texts, field, field.Path);
        return texts;
    }

    private static void Add(Dictionary<string, string> texts, FormField field, string path)
    {
        if (field.Value.Length > 0)
            texts[path] = field.Value;
        foreach (var inner in field.Fields)
            Add(texts, inner, $"{path}.{inner.Key}");
        foreach (var (i, item) in field.Items.Index())
        {
            var its = item.Name is { } name ? $"{path}.{name}" : FormattableString.Invariant($"{path}[{i}]");
            foreach (var inner in item.Fields)
                Add(texts, inner, inner.Key.Length == 0 ? its : $"{its}.{inner.Key}");
        }
    }
}
