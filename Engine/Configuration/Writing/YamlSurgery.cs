using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Writing;

/// <summary>
/// Collects the smallest changes of a text that make it say something else: of maps and lists in lines of their own only the entries that differ are written anew, all other lines stay as they are,
/// with their comments. What is written in brackets, or differs too much, is written anew as one. Whoever uses it reads the result back and compares: not every style survives.
/// </summary>
internal sealed class YamlSurgery(TextEdits edits)
{
    /// <summary>Changes what is written at a span, which is the node, to what is wanted.</summary>
    /// <param name="span">Where the value is written.</param>
    /// <param name="node">The value.</param>
    /// <param name="wanted">What it shall be.</param>
    /// <param name="place">How to write it anew as a whole.</param>
    public void Change(YamlSpan span, YamlNode node, JsonNode? wanted, Action<JsonNode?> place)
    {
        if (JsonNode.DeepEquals(JsonScalar.Read(node), wanted))
            return;
        var before = edits.Count;
        if (span is { Kind: SpanKind.Map, IsFlow: false } && wanted is JsonObject { Count: > 0 } map && ChangeMap(span, node, map))
            return;
        if (span is { Kind: SpanKind.List, IsFlow: false } && wanted is JsonArray { Count: > 0 } list && ChangeList(span, node, list))
            return;
        if (span is { Kind: SpanKind.Map, IsFlow: true } && wanted is JsonObject same && SameKeys(span, same))
        {
            foreach (var entry in span.Entries)
                Change(entry.Value, node[entry.Key]!, same[entry.Key], value => InFlow(entry.Value, value));
            return;
        }
        edits.Back(before);
        place(wanted);
    }

    /// <summary>Writes the value of an entry of a map in lines anew.</summary>
    public void AfterKey(SpanEntry entry, JsonNode? value)
    {
        var simple = value is null or JsonValue && entry.Value.Kind == SpanKind.Scalar && entry.Value.End > entry.Value.Start;
        var written = YamlWriter.AfterKey(value, edits.Column(entry.KeyStart));
        if (simple && !written.Contains('\n', StringComparison.Ordinal))
            edits.Replace(entry.Value.Start, entry.Value.End, written[1..]);
        else
            edits.Replace(Colon(entry.KeyEnd), Math.Max(entry.Value.End, Colon(entry.KeyEnd)), written);
    }

    private bool ChangeMap(YamlSpan span, YamlNode node, JsonObject wanted)
    {
        var kept = span.Entries.Where(e => wanted.ContainsKey(e.Key)).Select(e => e.Key).ToList();
        if (kept.Count == 0 || !kept.SequenceEqual(wanted.Select(w => w.Key).Where(kept.Contains)) || span.Entries.Any(e => e.Key.Length == 0))
            return false;
        var column = edits.Column(span.Entries[0].KeyStart);
        foreach (var entry in span.Entries.Where(e => e.Key != "<<"))
        {
            if (wanted.TryGetPropertyValue(entry.Key, out var value))
            {
                Change(entry.Value, node[entry.Key]!, value, anew => AfterKey(entry, anew));
            }
            else if (edits.BeginsLine(entry.KeyStart))
            {
                edits.Replace(edits.LineStart(entry.KeyStart), edits.EndOfLines(column, Math.Max(entry.Value.End, entry.KeyEnd)), "");
            }
            else
            {
                return false;
            }
        }
        return AddEntries(span, node, wanted, column);
    }

    // New entries stand behind the one before them.
    private bool AddEntries(YamlSpan span, YamlNode node, JsonObject wanted, int column)
    {
        SpanEntry? before = null;
        foreach (var (key, value) in wanted)
        {
            if (span.Find(key) is { } here)
            {
                before = here;
                continue;
            }
            // A merged key that stays as it is needs no line of its own.
            if (node.Find(key) is { } merged && JsonNode.DeepEquals(JsonScalar.Read(merged.Value), value))
                continue;
            var entry = YamlWriter.Entry(key, value, column);
            if (before is not null)
                edits.InsertLines(edits.EndOfLines(column, Math.Max(before.Value.End, before.KeyEnd)), entry);
            else if (edits.BeginsLine(span.Entries[0].KeyStart))
                edits.InsertLines(edits.LineStart(span.Entries[0].KeyStart), entry);
            else
                return false;
        }
        return true;
    }

    private bool ChangeList(YamlSpan span, YamlNode node, JsonArray wanted)
    {
        if (span.Items.Count == 0 || span.Items.Any(i => Hyphen(i) is null))
            return false;
        var now = node.Items.ConvertAll(JsonScalar.Read);
        var head = 0;
        while (head < now.Count && head < wanted.Count && JsonNode.DeepEquals(now[head], wanted[head]))
            head++;
        var tail = 0;
        while (tail < now.Count - head && tail < wanted.Count - head && JsonNode.DeepEquals(now[^(tail + 1)], wanted[wanted.Count - 1 - tail]))
            tail++;
        var (gone, added) = (now.Count - head - tail, wanted.Count - head - tail);
        var column = edits.Column(Hyphen(span.Items[0])!.Value);
        if (gone == added)
        {
            for (var i = head; i < head + gone; i++)
            {
                var item = span.Items[i];
                Change(item, node.Items[i], wanted[i], anew => edits.Replace(item.Start, item.End, YamlWriter.AfterHyphen(anew, edits.Column(item.Start))));
            }
            return true;
        }
        if (!span.Items.TrueForAll(i => edits.BeginsLine(Hyphen(i)!.Value)))
            return false;
        for (var i = head; i < head + gone; i++)
            edits.Replace(edits.LineStart(Hyphen(span.Items[i])!.Value), edits.EndOfLines(column, span.Items[i].End), "");
        var at = head == 0 ? edits.LineStart(Hyphen(span.Items[0])!.Value) : edits.EndOfLines(column, span.Items[head - 1].End);
        if (added > 0)
            edits.InsertLines(at, string.Join('\n', Enumerable.Range(head, added).Select(i => YamlWriter.Item(wanted[i], column))));
        return true;
    }

    private static bool SameKeys(YamlSpan span, JsonObject wanted) => span.Entries.Count == wanted.Count && span.Entries.Select(e => e.Key).SequenceEqual(wanted.Select(w => w.Key)) && span.Entries.TrueForAll(e => e.Value.End > e.Value.Start);

    private void InFlow(YamlSpan span, JsonNode? value) => edits.Replace(span.Start, span.End, YamlWriter.Flow(value));

    private int Colon(int keyEnd) => edits.Text.IndexOf(':', keyEnd) + 1;

    // Where the hyphen of an item stands; null if something else stands between.
    private int? Hyphen(YamlSpan item)
    {
        var at = item.Start - 1;
        while (at >= 0 && edits.Text[at] == ' ')
            at--;
        return at >= 0 && edits.Text[at] == '-' && item.End > item.Start ? at : null;
    }
}
