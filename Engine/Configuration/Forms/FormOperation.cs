using System.Globalization;
using System.Text.RegularExpressions;

namespace Weir.Engine.Configuration.Forms;

/// <summary>What a button of a form does to a list: <c>add LIST [KIND]</c>, or <c>remove</c>, <c>up</c>, <c>down</c> or <c>copy</c> and <c>LIST[INDEX]</c>.</summary>
internal sealed partial record FormOperation(string What, string List, int Index, string? Kind)
{
    private const int MostItems = 1000;

    /// <summary>Null: it is none of a list.</summary>
    public static FormOperation? Read(string? text) => Written().Match(text ?? "") switch
    {
        { Success: false } => null,
        var m when m.Groups["add"].Success => new("add", m.Groups["list"].Value, 0, m.Groups["kind"].Success ? m.Groups["kind"].Value : null),
        var m => int.TryParse(m.Groups["index"].Value, CultureInfo.InvariantCulture, out var index) ? new(m.Groups["what"].Value, m.Groups["list"].Value, index, null) : null,
    };

    public void Apply(List<(string? Name, string? Kind, FormSource Source)> items, ItemKinds kinds)
    {
        if (What == "add")
        {
            if (items.Count < MostItems)
                items.Add((kinds.Named ? "" : null, kinds.Kinds is [] ? null : kinds.Kinds.Contains(Kind) ? Kind : kinds.Kinds[0], new WrittenSource(null, isThere: false)));
            return;
        }
        if (Index >= items.Count)
            return;
        switch (What)
        {
            case "remove":
                items.RemoveAt(Index);
                break;
            case "copy" when items.Count < MostItems:
                items.Insert(Index + 1, items[Index]);
                break;
            case "up" when Index > 0:
                (items[Index - 1], items[Index]) = (items[Index], items[Index - 1]);
                break;
            case "down" when Index + 1 < items.Count:
                (items[Index + 1], items[Index]) = (items[Index], items[Index + 1]);
                break;
        }
    }

    [GeneratedRegex(@"^(?:(?<add>add) (?<list>[A-Za-z.\[\]0-9]+)(?: (?<kind>[a-z-]+))?|(?<what>remove|up|down|copy) (?<list>[A-Za-z.\[\]0-9]+)\[(?<index>[0-9]{1,4})\])\z", RegexOptions.NonBacktracking)]
    private static partial Regex Written();
}
