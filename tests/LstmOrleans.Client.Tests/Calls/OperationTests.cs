using System.Net;
using LstmOrleans.Client.Tests.Cli;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Calls;

/// <summary>The operations of the client library against a real server: what they do, what they refuse, and that a repeat does nothing.</summary>
public sealed class OperationTests : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private readonly ServerFixture _server;
    private LstmConnection? _connection;

    public OperationTests(ServerFixture server) => _server = server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private LstmClient Client => _connection!.Client;

    public async ValueTask InitializeAsync() =>
        _connection = await LstmConnection.ConnectAsync(IPEndPoint.Parse(_server.Gateway), TimeSpan.FromMinutes(1), cancellation: Cancellation);

    public ValueTask DisposeAsync() => _connection!.DisposeAsync();

    [Fact]
    public async Task Reset_RepeatedBehindNewerEvents_LeavesThemAlone()
    {
        var before = await StandingAsync("op-reset", incarnation: 1, events: 3);
        await RefusedAsync(StreamStatus.Gap, position: 3, () => Client.ResetAsync("op-reset", 1, 2, 11, Cancellation));
        await RefusedAsync(StreamStatus.StaleIncarnation, position: 3, () => Client.ResetAsync("op-reset", 9, 3, 11, Cancellation));

        var reset = await Client.ResetAsync("op-reset", 1, 3, 11, Cancellation);
        Assert.Equal((11ul, 0L), (reset.Incarnation, reset.Position));
        var again = await StandingAsync("op-reset", incarnation: 11, events: 3);
        Assert.Equal(before.H, again.H);

        await Client.ResetAsync("op-reset", 1, 3, 11, Cancellation);
        Assert.Equal(3, (await Client.ShowAsync("op-reset", Cancellation)).Position);
        // The old life's producer is not answered any more.
        await RefusedAsync(StreamStatus.AlreadyOpen, position: 3, () => Client.OpenAsync("op-reset", "uni", 1, cancellation: Cancellation));
    }

    [Fact]
    public async Task Close_Twice_LeavesOneTombstone_AndOnlyNamingItOpensAgain()
    {
        await StandingAsync("op-close", incarnation: 1, events: 2);
        await RefusedAsync(StreamStatus.Gap, position: 2, () => Client.CloseAsync("op-close", 1, 1, Cancellation));
        Assert.Equal(2, (await Client.CloseAsync("op-close", 1, 2, Cancellation)).Position);
        Assert.Equal(2, (await Client.CloseAsync("op-close", 1, 2, Cancellation)).Position);

        await RefusedAsync(StreamStatus.Closed, position: 2, () => Client.OpenAsync("op-close", "uni", 12, cancellation: Cancellation));
        var reopened = await Client.OpenAsync("op-close", "uni", 12, replaces: 1, cancellation: Cancellation);
        Assert.Equal((12ul, 0L), (reopened.Incarnation, reopened.OpenedAt));
        await StandingAsync("op-close", incarnation: 12, events: 1);
        // A late second delivery of the first life's end.
        await RefusedAsync(StreamStatus.StaleIncarnation, position: 1, () => Client.CloseAsync("op-close", 1, 2, Cancellation));
        Assert.Equal(StreamStatus.Ok, (await Client.ShowAsync("op-close", Cancellation)).Status);
    }

    [Fact]
    public async Task Fork_RepeatedBehindEventsOfTheCopy_LeavesThemAlone()
    {
        var source = await StandingAsync("op-source", incarnation: 1, events: 4);
        var fork = await Client.ForkAsync("op-source", "op-fork", 1, 4, 13, Cancellation);
        Assert.Equal((13ul, 4L), (fork.Incarnation, fork.Position));
        var copy = await Client.ShowAsync("op-fork", Cancellation);
        Same(source, copy);
        Assert.Equal((4L, 0), (copy.Confirmed, copy.KeptAnswers));

        var stream = await Client.OpenAsync("op-fork", "uni", 13, cancellation: Cancellation);
        await stream.StepAsync(5, Input(5), cancellation: Cancellation);
        await Client.ForkAsync("op-source", "op-fork", 1, 4, 13, Cancellation);
        Assert.Equal(5, (await Client.ShowAsync("op-fork", Cancellation)).Position);
        await RefusedAsync(StreamStatus.AlreadyOpen, position: 5, () => Client.ForkAsync("op-source", "op-fork", 1, 4, 14, Cancellation));
        await RefusedAsync(StreamStatus.Gap, position: 4, () => Client.ForkAsync("op-source", "op-fork-2", 1, 3, 14, Cancellation));
        Assert.Equal(StreamStatus.NotOpen, (await Client.ShowAsync("op-fork-2", Cancellation)).Status);
    }

    [Fact]
    public async Task ExportAndImport_GiveTheSameBits_AndARepeatDoesNothing()
    {
        var source = await StandingAsync("op-export", incarnation: 1, events: 4);
        var export = await Client.ExportAsync("op-export", 1, 4, Cancellation);
        Assert.Equal((1ul, 4L), (export.Incarnation, export.Position));
        await RefusedAsync(StreamStatus.Gap, position: 4, () => Client.ExportAsync("op-export", 1, 3, Cancellation));
        await RefusedAsync(StreamStatus.StaleIncarnation, position: 4, () => Client.ExportAsync("op-export", 2, cancellation: Cancellation));

        var imported = await Client.ImportAsync("op-import", export.Snapshot, 15, "uni", Cancellation);
        Assert.Equal((15ul, 4L), (imported.Incarnation, imported.Position));
        Same(source, await Client.ShowAsync("op-import", Cancellation));
        var stream = await Client.OpenAsync("op-import", "uni", 15, cancellation: Cancellation);
        await stream.StepAsync(5, Input(5), cancellation: Cancellation);
        await Client.ImportAsync("op-import", export.Snapshot, 15, cancellation: Cancellation);
        Assert.Equal(5, (await Client.ShowAsync("op-import", Cancellation)).Position);
        await RefusedAsync(StreamStatus.AlreadyOpen, position: 5, () => Client.ImportAsync("op-import", export.Snapshot, 16, cancellation: Cancellation));

        byte[] bent = export.Snapshot.ToArray();
        bent[bent.Length / 3] ^= 1;
        Assert.Equal(StreamStatus.Damaged, (await Assert.ThrowsAsync<LstmException>(() => Client.ImportAsync("op-bent", bent, 17, cancellation: Cancellation))).Status);
        Assert.Equal(StreamStatus.NotOpen, (await Client.ShowAsync("op-bent", Cancellation)).Status);
        Assert.Equal(StreamStatus.Invalid, (await Assert.ThrowsAsync<LstmException>(() => Client.ImportAsync("op-bi", export.Snapshot, 18, "bi", Cancellation))).Status);
    }

    /// <summary>A stream that got its first events.</summary>
    private async Task<StreamView> StandingAsync(string key, ulong incarnation, int events)
    {
        var stream = await Client.OpenAsync(key, "uni", incarnation, cancellation: Cancellation);
        for (int position = 1; position <= events; position++)
            await stream.StepAsync(position, Input(position), cancellation: Cancellation);
        var view = await Client.ShowAsync(key, Cancellation);
        Assert.Equal((incarnation, events), (view.Incarnation, view.Position));
        return view;
    }

    private static float[] Input(int position) => [.. Enumerable.Range(0, ServerFixture.Features).Select(feature => MathF.Sin((position * 10) + feature))];

    private static void Same(StreamView expected, StreamView actual)
    {
        Assert.Equal((expected.Position, expected.History, expected.ModelHash), (actual.Position, actual.History, actual.ModelHash));
        Assert.Equal(expected.H, actual.H);
        Assert.Equal(expected.C, actual.C);
    }

    private static async Task RefusedAsync(StreamStatus status, long position, Func<Task> operation)
    {
        var refused = await Assert.ThrowsAsync<LstmException>(operation);
        Assert.Equal((status, position), (refused.Status, refused.Position));
        Assert.NotEmpty(refused.Message);
    }
}
