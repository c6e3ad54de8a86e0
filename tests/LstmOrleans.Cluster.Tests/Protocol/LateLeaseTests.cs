using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Leases;
using LstmOrleans.Silo.Streams;
using LstmOrleans.Silo.Telemetry;

namespace LstmOrleans.Cluster.Tests.Protocol;

/// <summary>A provisional answer that waits for the lease, while what it is about is written or dropped.</summary>
public sealed class LateLeaseTests : IDisposable
{
    private readonly Turns _turns = new();
    private readonly Meter _meter = new("lease-tests");
    private readonly HeldStorage _storage = new(new HeldRow());
    private readonly LateLease _lease = new();
    private readonly StreamActor _actor;
    private readonly Numerics.LstmModel _model = OneUnitStream.MakeModel();

    public LateLeaseTests()
    {
        var commits = new StreamCommits(_storage, GrainId.Create("stream", "s"), "s");
        _actor = new("s", commits, new StreamsOptions(), _lease, new LstmMeter(_meter), TimeProvider.System);
        _turns.Run(() => commits.Stage(OneUnitStream.Opened(StreamMode.Checkpointed, incarnation: 1)));
        Write(Reply.Ok);
    }

    public void Dispose() => _meter.Dispose();

    [Fact]
    public void ItsStepWasWritten_IsTold()
    {
        var answer = Send(position: 1, input: 0.5f);
        Write(Reply.Ok);
        Come();
        Assert.Equal((StreamStatus.Ok, 1L, 1L), (Of(answer).Status, Of(answer).Position, Of(answer).DurablePosition));
    }

    // Another producer's event has its place by then, and is durable: the answer would call the dropped one so.
    [Fact]
    public void ItsStepWasDroppedAndAnotherTookItsPlace_IsNotTold()
    {
        var dropped = Send(position: 1, input: 0.5f);
        Write(Reply.Refused);
        _ = Send(position: 1, input: -0.5f);
        Write(Reply.Ok);
        Come();
        Assert.Equal(StreamStatus.NotNow, Of(dropped).Status);
    }

    // For a moment after a silo died Orleans may know two activations of one stream, both on silos that are alive: what is not provisional is held against the row.
    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    public void RefusalOrRepeat_OfAnActivationThatHasASuccessor_IsNotTold(long position)
    {
        var held = new HeldLease();
        var row = new HeldRow();
        var (old, oldStorage) = Activate(row, held);
        _turns.Run(() => old.Commits.Stage(OneUnitStream.Opened(StreamMode.Checkpointed, incarnation: 1)));
        Write(old, oldStorage);
        _ = Send(old, position: 1, input: 0.5f);
        Write(old, oldStorage);
        var (successor, storage) = Activate(row, held);
        _turns.Run(() => _ = successor.Commits.ReadAsync());
        for (long next = 2; next <= 3; next++)
            _ = Send(successor, next, 0.25f);
        Write(successor, storage);

        var answer = Of(Send(old, position, 0.5f));
        Assert.Equal(StreamStatus.NotNow, answer.Status);
        Assert.True(old.Commits.Ended);
    }

    private (StreamActor Actor, HeldStorage Storage) Activate(HeldRow row, IReadLease lease)
    {
        var storage = new HeldStorage(row);
        return (new StreamActor("s", new StreamCommits(storage, GrainId.Create("stream", "s"), "s"), new StreamsOptions(), lease, new LstmMeter(_meter), TimeProvider.System), storage);
    }

    private Task<StepAnswer> Send(long position, float input) => Send(_actor, position, input);

    private Task<StepAnswer> Send(StreamActor actor, long position, float input)
    {
        Task<StepAnswer>? answer = null;
        _turns.Run(() => answer = actor.StepAsync(
            new StepRequest { Key = "s", Incarnation = 1, FirstPosition = position, Count = 1, Inputs = MemoryMarshal.AsBytes([input]).ToArray() }, _model));
        return answer!;
    }

    private void Write(Reply reply)
    {
        _turns.Run(() => _ = _actor.WhenDurableAsync());
        _turns.Run(() => _storage.EndWrite(reply));
    }

    private void Write(StreamActor actor, HeldStorage storage)
    {
        _turns.Run(() => _ = actor.WhenDurableAsync());
        _turns.Run(() => storage.EndWrite(Reply.Ok));
    }

    private void Come() => _turns.Run(_lease.Come);

    private static StepAnswer Of(Task<StepAnswer> answer)
    {
        Assert.True(answer.IsCompletedSuccessfully);
        return answer.Result;
    }

    private sealed class HeldLease : IReadLease
    {
        public bool IsHeld => true;

        public ValueTask<bool> RefreshAsync() => new(true);
    }

    private sealed class LateLease : IReadLease
    {
        private readonly TaskCompletionSource<bool> _held = new();

        public bool IsHeld => false;

        public ValueTask<bool> RefreshAsync() => new(_held.Task);

        public void Come() => _held.SetResult(true);
    }
}
