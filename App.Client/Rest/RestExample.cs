namespace Weir.App.Client.Rest;

/// <summary>One thing that scripts do, as two programs that are run as they stand here: a test runs them all.</summary>
/// <param name="Id">The name of its place on the page.</param>
/// <param name="Title">What it does.</param>
/// <param name="Words">What there is to know of it.</param>
/// <param name="Curl">For a shell in which <c>WEIR</c>, <c>TOKEN</c> and the capitals that it names are set.</param>
/// <param name="Python">For Python 3, without any package, behind <see cref="RestExamples.Python"/>.</param>
public sealed record RestExample(string Id, string Title, string Words, string Curl, string Python);
