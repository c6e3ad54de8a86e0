using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using LstmOrleans.Cluster.Tests.Streams;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Watching;
using LstmOrleans.Numerics;
using LstmOrleans.Silo.Leases;
using LstmOrleans.Silo.Streams;
using LstmOrleans.Silo.Telemetry;
using LstmOrleans.Silo.Watching;

namespace LstmOrleans.Cluster.Tests.Watching;

/// <summary>What a watch keeps, and what of it is told, without Orleans.</summary>
public class StreamWatchTests
{
    private static readonly LstmModel Model = new(TestModels.Small());
    private static readonly WatchLimits Limits = new();
    private static readonly WatchRequest Look = new() { Watch = 1 };

    [Fact]
    public void Steps_AreToldWithTheBitsOfTheRecord_AndTheGatesOfTheStep()
    {
        var begun = Begun();
        var watch = new StreamWatch(1, Limits, Model, begun);
        var after = Apply(watch, begun, 1, 4);
        foreach (int layer in new[] { 0, 1 })
        {
            var told = watch.Read(Look with { Layer = layer }, after, after);
            Assert.Equal([0L, 1, 2, 3, 4], Longs(told.Positions));
            Assert.Equal(after.H.AsSpan(layer * 5, 5), Floats(told.H).AsSpan(^5..));
            Assert.Equal(after.C.AsSpan(layer * 5, 5), Floats(told.C).AsSpan(^5..));
            Assert.Equal(LstmTestCluster.Inputs(1, 4), Floats(told.Inputs)[3..]);
            Assert.True(float.IsNaN(Floats(told.Inputs)[0]) && float.IsNaN(Floats(told.Answers)[0]) && float.IsNaN(Floats(told.Saturated)[0]));
            Assert.Equal(Answers(after), Floats(told.Answers)[2..]);

            var state = new LstmState(Model.Shape);
            float[] gates = new float[Model.GatesLength];
            for (int step = 0; step < 4; step++)
                Model.StepWatched(LstmTestCluster.Inputs(step + 1, 1), state, gates);
            int[] places = [0, 1, 3];
            float[] shares = [.. places.Select(gate => gates.AsSpan(((layer * 4) + gate) * 5, 5).ToArray().Count(value => value is < 0.05f or > 0.95f) / 5f)];
            Assert.Equal(shares, Floats(told.Saturated)[^3..]);
        }
    }

    [Fact]
    public void SaturatedShares_CountUnitsAtEitherEnd()
    {
        // One layer of four units: i at 0.04, 0.05, 0.95, 0.96; f all open; g is not counted; o all in between.
        float[] gates = [0.04f, 0.05f, 0.95f, 0.96f, 1, 1, 1, 1, 1, 1, 1, 1, 0.5f, 0.5f, 0.5f, 0.5f];
        Assert.Equal([0.5f, 1, 0], GateSaturation.Shares(gates, 1, 4));
    }

    [Fact]
    public void Durable_WhatIsNotOnDisk_IsNotTold_AndIsToldOnceItIs()
    {
        var begun = Begun();
        var watch = new StreamWatch(1, Limits, Model, begun);
        var durable = Apply(watch, begun, 1, 2);
        var pending = Apply(watch, durable, 3, 2);

        var first = watch.Read(Look, durable, pending);
        Assert.Equal((2L, 2L), (first.Position, first.DurablePosition));
        Assert.Equal([0L, 1, 2], Longs(first.Positions));
        var second = watch.Read(Look with { Since = first.Since }, pending, pending);
        Assert.Equal([3L, 4], Longs(second.Positions));
        Assert.Equal([], Longs(watch.Read(Look with { Since = second.Since }, pending, pending).Positions));
    }

    [Fact]
    public void Checkpointed_TellsTheNewest_AndWhatIsDurable()
    {
        var begun = Begun() with { Mode = StreamMode.Checkpointed };
        var watch = new StreamWatch(1, Limits, Model, begun);
        var pending = Apply(watch, begun, 1, 3);
        var told = watch.Read(Look, begun, pending);
        Assert.Equal((3L, 0L, 4), (told.Position, told.DurablePosition, Longs(told.Positions).Length));
    }

    [Theory]
    [InlineData(StreamMode.Durable)]
    [InlineData(StreamMode.Checkpointed)]
    public void DroppedSteps_MakeWayForThoseThatTakeTheirPositions(StreamMode mode)
    {
        var begun = Begun() with { Mode = mode };
        var watch = new StreamWatch(1, Limits, Model, begun);
        var durable = Apply(watch, begun, 1, 2);
        Apply(watch, durable, 3, 2);
        // The write failed: the stream stands at 2 again.
        Assert.Equal([0L, 1, 2], Longs(watch.Read(Look, durable, durable).Positions));
        var other = Apply(watch, durable, first: 3, count: 1, inputsOf: 70);
        var told = watch.Read(Look, other, other);
        Assert.Equal([0L, 1, 2, 3], Longs(told.Positions));
        Assert.Equal(LstmTestCluster.Inputs(70, 1), Floats(told.Inputs)[^3..]);
    }

    [Fact]
    public void Kept_AreTheLast200_OrWhatFitsTheBytes()
    {
        var record = Begun();
        var watch = new StreamWatch(1, Limits, Model, record);
        for (int call = 0; call < 3; call++)
            record = Apply(watch, record, record.Position + 1, 250);
        var told = watch.Read(Look, record, record);
        Assert.Equal((200, 200), (watch.Count, Longs(told.Positions).Length));
        Assert.Equal((551L, 750L), (Longs(told.Positions)[0], Longs(told.Positions)[^1]));
        Assert.Equal(record.H[..5], Floats(told.H)[^5..]);

        // 3 inputs, 2 answers, 20 of state and 6 shares are 31 floats.
        var small = new StreamWatch(2, Limits with { MostBytes = 31 * 4 * 7 }, Model, record);
        Apply(small, record, 751, 20);
        Assert.Equal((7, 7), (small.Capacity, small.Count));
    }

    [Fact]
    public void Units_AreThoseThatWereAskedFor()
    {
        var begun = Begun();
        var watch = new StreamWatch(1, Limits, Model, begun);
        var after = Apply(watch, begun, 1, 1);
        var told = watch.Read(Look with { Layer = 1, FirstUnit = 3, Units = 1 }, after, after);
        Assert.Equal([after.H[8]], Floats(told.H)[^1..]);
        Assert.Equal((2, 5, 5), (told.Layers, told.HiddenSize, told.StateSize));
        Assert.Empty(Floats(watch.Read(Look with { FirstUnit = int.MaxValue }, after, after).H));
        Assert.Equal(2 * 5, Floats(watch.Read(Look with { Layer = -3, FirstUnit = -1, Units = 1000 }, after, after).H).Length);
    }

    [Fact]
    public void AnotherWatchsSequence_CountsForNothing()
    {
        var begun = Begun();
        var watch = new StreamWatch(1, Limits, Model, begun);
        var after = Apply(watch, begun, 1, 3);
        Assert.Equal(4, Longs(watch.Read(new WatchRequest { Watch = 9, Since = 3 }, after, after).Positions).Length);
    }

    [Fact]
    public void AnotherLifeOfTheStream_BeginsAnew()
    {
        var begun = Begun();
        var watch = new StreamWatch(1, Limits, Model, begun);
        Apply(watch, begun, 1, 3);
        var reset = begun with { Incarnation = 8 };
        var after = Apply(watch, reset, 1, 1);
        Assert.Equal([], Longs(watch.Read(Look, begun, after).Positions));
        Assert.Equal([0L, 1], Longs(watch.Read(Look, after, after).Positions));
    }

    [Fact]
    public async Task NobodyLooks_CostsNothing()
    {
        long never = await CallsAsync(watch: null, _ => { });
        long ended = await CallsAsync(new StreamWatch(1, Limits, Model, Begun()), actor => actor.Watch = null);
        long watched = await CallsAsync(new StreamWatch(1, Limits, Model, Begun()), _ => { });
        Assert.Equal(never, ended);
        Assert.True(watched > never, $"Watched steps allocated {watched} bytes, unwatched {never}: the measure sees nothing.");
    }

    /// <summary>Bytes that 40 calls allocate, after 200 that were not measured.</summary>
    private static async Task<long> CallsAsync(StreamWatch? watch, Action<StreamActor> before)
    {
        var commits = new StreamCommits(new FaultyStorage(), GrainId.Create("stream", "s"), "s");
        var actor = new StreamActor("s", commits, new StreamsOptions(), new AlwaysHeldLease(), new LstmMeter(new Meter("watch-tests")), TimeProvider.System) { Watch = watch };
        await commits.ReadAsync();
        commits.Stage(Begun());
        StepRequest[] requests = [.. Enumerable.Range(1, 400).Select(position => LstmTestCluster.Request("s", position, 1))];
        int call = 0;
        for (; call < 200; call++)
            Assert.Equal(StreamStatus.Ok, (await actor.StepAsync(requests[call], Model)).Status);
        before(actor);
        return Allocated.Least(() =>
        {
            for (int end = call + 40; call < end; call++)
            {
                var answer = actor.StepAsync(requests[call], Model);
                Assert.True(answer.IsCompletedSuccessfully);
            }
        });
    }

    private static StreamRecord Begun() => new()
    {
        NumericsVersion = NumericsVersion.Current,
        ModelHash = new byte[32],
        AnswerSize = 2,
        WindowAnswers = 256,
        WindowBytes = 65536,
        Incarnation = 7,
        H = new float[10],
        C = new float[10],
    };

    private static StreamRecord Apply(StreamWatch watch, StreamRecord before, long first, int count, long? inputsOf = null)
    {
        var request = LstmTestCluster.Request("s", inputsOf ?? first, count, before.Incarnation) with { FirstPosition = first };
        var outcome = StreamStep.Apply(before, Model, request, now: 1);
        Assert.Equal(StreamStatus.Ok, outcome.Answer.Status);
        watch.Record(Model, before, request, outcome.Next);
        return outcome.Next;
    }

    private static float[] Answers(StreamRecord record)
    {
        var answers = new List<float>();
        for (int at = 0; at < record.Kept.Length; at += record.KeptEntrySize)
            answers.AddRange(MemoryMarshal.Cast<byte, float>(record.Kept.Span.Slice(at + sizeof(ulong), record.AnswerSize * sizeof(float))));
        return [.. answers];
    }

    private static float[] Floats(ReadOnlyMemory<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes.Span).ToArray();

    private static long[] Longs(ReadOnlyMemory<byte> bytes) => MemoryMarshal.Cast<byte, long>(bytes.Span).ToArray();
}
