using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration.Forms;

/// <summary>What a browser posts of a form that nobody has touched.</summary>
internal static class FormPost
{
    public static Dictionary<string, string> Of(ThingForm form)
    {
        var posted = new Dictionary<string, string>();
        if (form.Type is { } type)
            posted[ThingForm.TypeField] = type;
        Add(posted, form.Fields);
        return posted;
    }

    private static void Add(Dictionary<string, string> posted, IReadOnlyList<FormField> fields)
    {
        foreach (var field in fields)
        {
            if (field.Control is not (FormControl.Group or FormControl.Items))
                posted.Add(field.Path, field.Value.ReplaceLineEndings("\r\n"));
            Add(posted, field.Fields);
            foreach (var item in field.Items)
            {
                posted.Add(FormItem.Mark(item.Path), item.Kind ?? "1");
                if (item.Name is { } name)
                    posted.Add(FormItem.NameOf(item.Path), name);
                Add(posted, item.Fields);
            }
        }
    }
}
