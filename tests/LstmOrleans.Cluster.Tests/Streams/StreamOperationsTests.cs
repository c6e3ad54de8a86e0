using LstmOrleans.Contracts.Streams;
using static LstmOrleans.Cluster.Tests.Streams.LstmTestCluster;

namespace LstmOrleans.Cluster.Tests.Streams;

/// <summary>Sessions and what begins, copies and ends lives of a stream: each with its second delivery.</summary>
public class StreamOperationsTests
{
    [Fact]
    public async Task Session_FencesEveryoneElse_UntilItEnds()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 2));
        var first = Session(11, replaces: 0);
        var opened = await grain.OpenSession(first);
        Assert.Equal((StreamStatus.Ok, 11ul, true, 2L), (opened.Status, opened.Session, opened.SessionIsOpen, opened.Position));
        Assert.Equal(opened, await grain.OpenSession(first));
        Assert.Equal(StreamStatus.Fenced, (await grain.Step(Request("s", 3, 1))).Status);
        Assert.Equal(StreamStatus.Ok, (await grain.Step(Request("s", 3, 1) with { Session = 11, Confirmed = 2 })).Status);

        var refused = await grain.OpenSession(Session(12, replaces: 0));
        Assert.Equal((StreamStatus.Fenced, 11ul), (refused.Status, refused.Session));
        Assert.Equal(StreamStatus.Ok, (await grain.OpenSession(Session(12, replaces: 11))).Status);
        Assert.Equal(StreamStatus.Fenced, (await grain.Step(Request("s", 4, 1) with { Session = 11, Confirmed = 3 })).Status);
        // A late second delivery of the first opening.
        Assert.Equal(StreamStatus.Fenced, (await grain.OpenSession(first)).Status);

        Assert.Equal(StreamStatus.Ok, (await grain.EndSession(Session(12))).Status);
        Assert.Equal(StreamStatus.Ok, (await grain.EndSession(Session(12))).Status);
        Assert.Equal(StreamStatus.Fenced, (await grain.EndSession(Session(11))).Status);
        Assert.Equal(StreamStatus.Fenced, (await grain.OpenSession(Session(12, replaces: 11))).Status);
        Assert.Equal(StreamStatus.Ok, (await grain.Step(Request("s", 4, 1))).Status);
        await cluster.AssertStandsAt("s", 4);
    }

    [Fact]
    public async Task KeptAnswers_OutliveTheSessionThatGotThem()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.OpenSession(Session(11, replaces: 0));
        var answer = await grain.Step(Request("s", 1, 4) with { Session = 11, Confirmed = 0 });
        var next = await grain.OpenSession(Session(12, replaces: 11));
        Assert.Equal((4L, 0L), (next.Position, next.Confirmed));
        var again = await grain.Step(Request("s", 1, 4) with { Session = 12, Confirmed = 0 });
        Assert.Equal(answer.Answers.ToArray(), again.Answers.ToArray());
    }

    [Fact]
    public async Task Reset_BeginsAnew_AndARepeatDestroysNothing()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 3));
        var reset = new ResetRequest { Key = "s", NewIncarnation = 8, Incarnation = 7, Position = 3 };
        Assert.Equal(StreamStatus.Gap, (await grain.Reset(reset with { Position = 2 })).Status);
        Assert.Equal(StreamStatus.StaleIncarnation, (await grain.Reset(reset with { Incarnation = 6 })).Status);
        var done = await grain.Reset(reset);
        Assert.Equal((StreamStatus.Ok, 8ul, 0L), (done.Status, done.Incarnation, done.Position));
        Assert.Equal(StreamStatus.StaleIncarnation, (await grain.Step(Request("s", 4, 1))).Status);
        Assert.Equal(StreamStatus.StaleIncarnation, (await grain.Step(Request("s", 1, 1) with { Incarnation = null })).Status);
        Assert.Equal(StreamStatus.Ok, (await grain.Step(Request("s", 1, 2, incarnation: 8))).Status);

        var again = await grain.Reset(reset);
        Assert.Equal((StreamStatus.Ok, 8ul, 2L), (again.Status, again.Incarnation, again.Position));
        await cluster.AssertStandsAt("s", 2);
    }

    [Fact]
    public async Task Close_LeavesATombstone_ThatAnswersRepeatsAndEvents_AndCanBeReopenedByName()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 3));
        var close = new CloseRequest { Key = "s", Incarnation = 7, Position = 3 };
        Assert.Equal(StreamStatus.Gap, (await grain.Close(close with { Position = 4 })).Status);
        Assert.Equal((StreamStatus.Ok, 3L), await StatusOf(grain.Close(close)));
        Assert.Equal((StreamStatus.Ok, 3L), await StatusOf(grain.Close(close)));
        var late = await grain.Step(Request("s", 4, 1));
        Assert.Equal((StreamStatus.Closed, 3L), (late.Status, late.Position));
        var view = await grain.Show();
        Assert.Equal((StreamStatus.Closed, 3L, 0), (view.Status, view.Position, view.H.Length));

        var open = new OpenRequest { Key = "s", Incarnation = 9, Model = "small" };
        Assert.Equal(StreamStatus.Closed, (await grain.Open(open)).Status);
        Assert.Equal(StreamStatus.Closed, (await grain.Open(open with { Replaces = 5 })).Status);
        var reopened = await grain.Open(open with { Replaces = 7 });
        Assert.Equal((StreamStatus.Ok, 9ul, 0L), (reopened.Status, reopened.Incarnation, reopened.Position));
        Assert.Equal(StreamStatus.Ok, (await grain.Step(Request("s", 1, 1, incarnation: 9))).Status);
        Assert.Equal((StreamStatus.Ok, 1L), await PositionOf(grain.Open(open with { Replaces = 7 })));
        Assert.Equal(StreamStatus.StaleIncarnation, (await grain.Close(close)).Status);
    }

    [Fact]
    public async Task Fork_CopiesTheState_BitForBit_AndARepeatFindsIt()
    {
        await using var cluster = await StartAsync(silos: 2);
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 5));
        var fork = new ForkRequest { Key = "s", Target = "t", NewIncarnation = 21, Incarnation = 7, Position = 5 };
        Assert.Equal(StreamStatus.Gap, (await grain.Fork(fork with { Position = 4 })).Status);
        Assert.Equal(StreamStatus.Invalid, (await grain.Fork(fork with { Target = "s" })).Status);
        Assert.Equal((StreamStatus.Ok, 5L), await StatusOf(grain.Fork(fork)));
        await cluster.AssertStandsAt("t", 5);

        // Both go on; a second delivery of the fork changes neither.
        await grain.Step(Request("s", 6, 1));
        await cluster.Grain("t").Step(Request("t", 6, 3, incarnation: 21));
        var again = await grain.Fork(fork);
        Assert.Equal((StreamStatus.Ok, 21ul), (again.Status, again.Incarnation));
        await cluster.AssertStandsAt("s", 6);
        await cluster.AssertStandsAt("t", 8);

        await cluster.OpenAsync("u");
        Assert.Equal(StreamStatus.AlreadyOpen, (await grain.Fork(fork with { Target = "u", Position = 6 })).Status);
    }

    [Fact]
    public async Task ExportAndImport_CarryTheState_AndRefuseWhatIsNotWhole()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.OpenSession(Session(11, replaces: 0));
        await grain.Step(Request("s", 1, 4) with { Session = 11, Confirmed = 0 });
        var export = await grain.Export(new ExportRequest { Key = "s" });
        Assert.Equal((StreamStatus.Ok, 4L), (export.Status, export.Position));

        var import = new ImportRequest { Key = "t", NewIncarnation = 31, Snapshot = export.Snapshot };
        byte[] flipped = export.Snapshot.ToArray();
        flipped[flipped.Length / 2] ^= 1;
        Assert.Equal(StreamStatus.Invalid, (await cluster.Grain("t").Import(import with { Snapshot = flipped })).Status);
        Assert.Equal(StreamStatus.Invalid, (await cluster.Grain("t").Import(import with { Model = "both" })).Status);
        var other = StreamSnapshot.Read(export.Snapshot.Span);
        byte[] otherNumerics = (other with { Record = other.Record with { NumericsVersion = 99 } }).Write();
        Assert.Equal(StreamStatus.NumericsUnavailable, (await cluster.Grain("t").Import(import with { Snapshot = otherNumerics })).Status);
        Assert.Equal(StreamStatus.NotOpen, (await cluster.Grain("t").Show()).Status);

        // Whoever made it knew the checksum; what it says must still be possible.
        var whole = StreamSnapshot.Read(export.Snapshot.Span);
        foreach (var wrong in new[]
        {
            whole.Record with { WindowAnswers = 0 },
            whole.Record with { WindowAnswers = int.MaxValue },
            whole.Record with { WindowBytes = 3 },
            whole.Record with { WindowBytes = int.MaxValue },
            whole.Record with { Position = long.MaxValue },
            whole.Record with { Mode = (StreamMode)7 },
            whole.Record with { Options = (StreamOptions)64 },
        })
        {
            var refused = await cluster.Grain("t").Import(import with { Snapshot = new StreamSnapshot(whole.Key, wrong).Write() });
            Assert.Equal(StreamStatus.Invalid, refused.Status);
            Assert.Contains("The snapshot's ", refused.Detail, StringComparison.Ordinal);
        }

        Assert.Equal((StreamStatus.Ok, 4L), await StatusOf(cluster.Grain("t").Import(import with { Model = "small" })));
        await cluster.AssertStandsAt("t", 4);
        Assert.Equal(StreamStatus.Ok, (await cluster.Grain("t").Step(Request("t", 5, 2, incarnation: 31))).Status);
        Assert.Equal((StreamStatus.Ok, 6L), await StatusOf(cluster.Grain("t").Import(import)));
        Assert.Equal(StreamStatus.AlreadyOpen, (await cluster.Grain("t").Import(import with { NewIncarnation = 32 })).Status);
        await cluster.AssertStandsAt("t", 6);
    }

    [Fact]
    public async Task Operations_OnAStreamThatIsNotThere_SaySo()
    {
        await using var cluster = await StartAsync();
        var grain = cluster.Grain("s");
        Assert.Equal(StreamStatus.NotOpen, (await grain.Reset(new ResetRequest { Key = "s", NewIncarnation = 8, Incarnation = 7, Position = 0 })).Status);
        Assert.Equal(StreamStatus.NotOpen, (await grain.Close(new CloseRequest { Key = "s", Incarnation = 7, Position = 0 })).Status);
        Assert.Equal(StreamStatus.NotOpen, (await grain.OpenSession(Session(11, replaces: 0))).Status);
        Assert.Equal(StreamStatus.NotOpen, (await grain.Export(new ExportRequest { Key = "s" })).Status);
        Assert.Equal(0, cluster.Storage.Writes);
    }

    [Fact]
    public async Task FirstEvent_OpensTheStream_WhereADefaultModelIsConfigured()
    {
        await using var cluster = await StartAsync(streams: options => options.DefaultModel = "small");
        Assert.Equal(StreamStatus.NotOpen, (await cluster.Grain("s").Step(Request("s", 2, 1))).Status);
        var answer = await cluster.Grain("s").Step(Request("s", 1, 2));
        Assert.Equal((StreamStatus.Ok, 7ul, 2L), (answer.Status, answer.Incarnation, answer.Position));
        Assert.Equal(1, cluster.Storage.Writes);
        await cluster.AssertStandsAt("s", 2);
    }

    [Fact]
    public async Task OverTheLimitOfCalls_IsOverloadedAtOnce()
    {
        await using var cluster = await StartAsync(streams: options => options.MaxCallsInFlight = 1);
        var grain = await cluster.OpenAsync("s");
        var released = new ManualResetEventSlim();
        var entered = new TaskCompletionSource();
        cluster.Storage.BeforeWrite = _ =>
        {
            entered.TrySetResult();
            released.Wait();
        };
        var held = grain.Step(Request("s", 1, 1));
        await entered.Task;
        var refused = await cluster.Grain("other").Step(Request("other", 1, 1));
        released.Set();
        Assert.Equal(StreamStatus.Overloaded, refused.Status);
        Assert.True(refused.Status.IsRetryable());
        Assert.Equal(StreamStatus.Ok, (await held).Status);
    }

    private static SessionRequest Session(ulong session, ulong replaces = 0) => new() { Key = "s", Incarnation = 7, Session = session, Replaces = replaces };

    private static async Task<(StreamStatus, long)> StatusOf(Task<OperationAnswer> call)
    {
        var answer = await call;
        return (answer.Status, answer.Position);
    }

    private static async Task<(StreamStatus, long)> PositionOf(Task<OpenAnswer> call)
    {
        var answer = await call;
        return (answer.Status, answer.Position);
    }
}
