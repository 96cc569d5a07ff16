using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Weir.App.Server.Events;
using Weir.Shared.Events;

namespace Weir.Server.Tests.Events;

/// <summary>Buildbot's two ways to listen, spoken as its clients speak them.</summary>
public sealed class BuildbotListenerTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Theory]
    [InlineData("/ws")]
    [InlineData("/api/v2/ws")]
    public async Task A_web_socket_is_told_what_it_consumes_and_nothing_else(string path)
    {
        using var socket = await Connect(path);

        Assert.Equal("""{"msg":"OK","code":200,"_id":1}""", await Ask(socket, """{"cmd":"startConsuming","path":"changes/*/new","_id":1}"""));
        var change = await SendChange("socket");
        var told = JsonNode.Parse(await Receive(socket))!;
        while ((string?)told["k"] != $"changes/{change}/new")
        {
            // A change of an earlier test may get its number only now: events are numbered after their commit.
            Assert.True((long)told["m"]!["changeid"]! < change);
            told = JsonNode.Parse(await Receive(socket))!;
        }

        // From here on nobody else sends changes, so nothing but the answers can come.
        Assert.Equal("""{"msg":"pong","code":200,"_id":2}""", await Ask(socket, """{"cmd":"ping","_id":2}"""));
        Assert.Equal("socket", (string?)told["m"]!["comments"]);
        Assert.Equal(change, (long)told["m"]!["changeid"]!);

        Assert.Equal("""{"msg":"OK","code":200,"_id":"x"}""", await Ask(socket, """{"cmd":"stopConsuming","path":"changes/*/new","_id":"x"}"""));
        await SendChange("unheard");
        Assert.Equal("""{"msg":"pong","code":200,"_id":3}""", await Ask(socket, """{"cmd":"ping","_id":3}"""));
    }

    [Theory]
    [InlineData("not json", 400)]
    [InlineData("[]", 400)]
    [InlineData("""{"cmd":"ping"}""", 400)]
    [InlineData("""{"_id":1}""", 400)]
    [InlineData("""{"cmd":"explode","_id":1}""", 404)]
    [InlineData("""{"cmd":"startConsuming","_id":1}""", 400)]
    [InlineData("""{"cmd":"startConsuming","path":7,"_id":1}""", 400)]
    [InlineData("""{"cmd":"startConsuming","path":"builds","_id":1}""", 400)]
    [InlineData("""{"cmd":"stopConsuming","path":"builds/*/new","_id":1}""", 400)]
    public async Task A_wrong_command_is_answered_with_an_error_and_the_connection_goes_on(string command, int code)
    {
        using var socket = await Connect("/ws");

        var answer = JsonNode.Parse(await Ask(socket, command))!;

        Assert.Equal(code, (int)answer["code"]!);
        Assert.NotEmpty((string)answer["error"]!);
        Assert.Contains("pong", await Ask(socket, """{"cmd":"ping","_id":2}"""));
    }

    [Fact]
    public async Task A_command_without_end_and_a_page_of_another_site_are_turned_away()
    {
        using var socket = await Connect("/ws");
        await socket.SendAsync(new byte[10_000], WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        var end = await socket.ReceiveAsync(new byte[100], TestContext.Current.CancellationToken);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, end.CloseStatus);

        using var foreign = new ClientWebSocket();
        foreign.Options.SetRequestHeader("Origin", "https://evil.example");
        await Assert.ThrowsAsync<WebSocketException>(() => foreign.ConnectAsync(new Uri(Master.Url.Replace("http", "ws") + "/ws"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/sse")]
    [InlineData("/api/v2/sse")]
    public async Task Server_sent_events_begin_with_a_handshake_and_paths_come_and_go(string root)
    {
        using var stream = await SseReader.Open(Master.Anonymous(), root + "/listen/changes/*/new");
        var handshake = (await stream.Next())!;
        Assert.Equal("handshake", handshake.Event);
        Assert.True(Guid.TryParse(handshake.Data, out _));

        var change = await SendChange("sse");
        var told = (await stream.Next())!;
        while (told.Event == "event" && (long)told.Json["message"]!["changeid"]! < change)
            told = (await stream.Next())!;
        Assert.Equal("event", told.Event);
        Assert.Equal($"""["changes","{change}","new"]""", told.Json["key"]!.ToJsonString());
        Assert.Equal("sse", (string?)told.Json["message"]!["comments"]);

        Assert.Equal((HttpStatusCode.OK, "ok"), await Get($"{root}/remove/{handshake.Data}/changes/*/new"));
        Assert.Equal(HttpStatusCode.NotFound, (await Get($"{root}/remove/{handshake.Data}/changes/*/new")).Status);
        await SendChange("unheard");
        Assert.Equal((HttpStatusCode.OK, "ok"), await Get($"{root}/add/{handshake.Data}/workers/*/*"));
        await Master.Admin().PostJson("/api/v2/workers", """{"name":"heard"}""");
        Assert.Equal("workers", (string?)(await stream.Next())!.Json["key"]![0]);
        Assert.Equal((HttpStatusCode.BadRequest, "unknown uuid"), await Get($"{root}/add/{Guid.Empty}/workers/*/*"));
        Assert.Equal((HttpStatusCode.BadRequest, "need uuid"), await Get($"{root}/add"));
    }

    [Fact]
    public void Each_kind_of_event_has_the_keys_of_Buildbots_data_API()
    {
        var full = new WeirEvent { Kind = EventKind.BuildStarted, ChangeId = 1, BuildsetId = 2, RequestId = 3, BuilderId = 4, BuildId = 5, StepId = 6, LogId = 7, WorkerId = 8, MasterId = 9 };
        var resource = new JsonObject { ["number"] = 12, ["workerid"] = 8, ["stepid"] = 6, ["slug"] = "stdio", ["active"] = true, ["connected_to"] = new JsonArray() };

        Assert.Equal(["builds/5/new", "builders/4/builds/12/new", "workers/8/builds/5/new"], Keys(EventKind.BuildStarted));
        Assert.Equal(["builds/5/finished", "builders/4/builds/12/finished", "workers/8/builds/5/finished"], Keys(EventKind.BuildCompleted));
        Assert.Equal(["buildrequests/3/claimed", "builders/4/buildrequests/3/claimed", "buildsets/2/builders/4/buildrequests/3/claimed"], Keys(EventKind.RequestClaimed));
        Assert.Equal(["steps/6/new", "steps/6/started", "builds/5/steps/6/new", "builds/5/steps/6/started"], Keys(EventKind.StepStarted));
        Assert.Equal(["logs/7/finished", "steps/6/logs/stdio/finished"], Keys(EventKind.LogCompleted));
        Assert.Equal(["buildsets/2/complete"], Keys(EventKind.BuildsetCompleted));
        Assert.Equal(["changes/1/new"], Keys(EventKind.ChangeAdded));
        Assert.Equal(["workers/8/disconnected", "workers/8/state_updated"], Keys(EventKind.WorkerChanged));
        Assert.Equal(["masters/9/started"], Keys(EventKind.MasterChanged));

        IEnumerable<string> Keys(EventKind kind) => BuildbotKeys.Of(full with { Kind = kind }, resource).Select(k => string.Join('/', k));
    }

    private async Task<ClientWebSocket> Connect(string path)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(Master.Url.Replace("http", "ws") + path), TestContext.Current.CancellationToken);
        return socket;
    }

    private static async Task<string> Ask(ClientWebSocket socket, string command)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(command), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        return await Receive(socket);
    }

    private static async Task<string> Receive(ClientWebSocket socket)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        var buffer = new byte[64 * 1024];
        var got = await socket.ReceiveAsync(buffer, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, got.Count);
    }

    private async Task<(HttpStatusCode Status, string Text)> Get(string path)
    {
        var answer = await Master.Anonymous().GetAsync(path);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<long> SendChange(string comments)
    {
        var answer = await Master.Admin().PostJson("/api/v2/changes", $$"""{"author":"Ada","comments":"{{comments}}","repository":"https://x/r","branch":"main"}""");
        return (long)(await answer.Json())["changes"]![0]!["changeid"]!;
    }
}
