using Bunit;
using Weir.App.Client.Configuration;

namespace Weir.Client.Tests.Configuration;

public sealed class DifferenceRowsTests : Components
{
    private const string Unified = """
        --- weir.yaml
        +++ weir.yaml
        @@ -3,5 +3,6 @@
         builders:
        -  timeout: 20m
        -  gone: true
        +  timeout: 30m
         same
        +new
         
        """;

    [Fact]
    public void Lines_stand_beside_what_took_their_place_with_their_numbers()
    {
        var rows = DifferenceRows.Of(Unified);

        Assert.Equal(["--- weir.yaml", "@@ -3,5 +3,6 @@"], rows.Take(2).Select(r => r.Heading));
        Assert.Equal([(3, 3), (4, 4), (5, null), (6, 5), (null, 6)], rows.Skip(2).Take(5).Select(r => (r.Before?.Number, r.After?.Number)));
        Assert.True(rows[2].IsSame);
        Assert.Equal("new", rows[6].After!.Text);
    }

    [Fact]
    public void Only_what_differs_within_a_line_is_marked()
    {
        var row = DifferenceRows.Of(Unified)[3];

        Assert.Equal(("2", "3"), (row.Before!.Text[row.Before.From..row.Before.To], row.After!.Text[row.After.From..row.After.To]));
    }

    [Fact]
    public void Lines_that_have_nothing_in_common_are_not_marked_letter_by_letter()
    {
        var row = DifferenceRows.Of("@@ -1 +1 @@\n-abcdefgh\n+zyxwvuts\n")[1];

        Assert.Equal((0, 0), (row.Before!.To, row.After!.To));
    }

    [Fact]
    public void A_file_that_comes_or_goes_has_both_its_headings_and_a_line_of_hyphens_is_a_line()
    {
        var rows = DifferenceRows.Of("--- /dev/null\n+++ new.yaml\n@@ -0,0 +1,1 @@\n+weir: 1\n--- old.yaml\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-weir: 1\n--- a comment\n");

        Assert.Equal(["--- /dev/null", "+++ new.yaml", "@@ -0,0 +1,1 @@", "--- old.yaml", "+++ /dev/null", "@@ -1,2 +0,0 @@"], rows.Select(r => r.Heading).OfType<string>());
        Assert.Equal("-- a comment", rows[^1].Before!.Text);
    }

    [Fact]
    public void A_last_line_without_an_end_says_so_where_it_differs()
    {
        var rows = DifferenceRows.Of("@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n@@ -8,2 +8,2 @@\n-c\n+d\n e\n\\ No newline at end of file\n");

        Assert.Equal(("b" + DifferenceRows.NoEnd, "b"), (rows[2].Before!.Text, rows[2].After!.Text));
        Assert.Equal(("e", "e"), (rows[^1].Before!.Text, rows[^1].After!.Text));
        Assert.Equal(6, rows.Count);
    }

    [Fact]
    public void The_marks_do_not_cut_characters()
    {
        var row = DifferenceRows.Of("@@ -1 +1 @@\n-name: \U0001F600 x\n+name: \U0001F601 x\n")[1];

        Assert.Equal("\U0001F600", row.Before!.Text[row.Before.From..row.Before.To]);
    }

    [Fact]
    public void It_is_shown_with_words_for_who_does_not_see_colours()
    {
        var shown = Show<TextDifference>(p => p.Add(x => x.Text, Unified));

        Assert.Equal(2, shown.FindAll("[aria-label=removed]").Count);
        Assert.Equal("3", shown.Find(".added mark").TextContent);
    }
}
