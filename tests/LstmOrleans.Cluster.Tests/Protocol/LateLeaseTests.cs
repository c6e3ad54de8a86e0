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

    private Task<StepAnswer> Send(long position, float input)
    {
        Task<StepAnswer>? answer = null;
        _turns.Run(() => answer = _actor.StepAsync(
            new StepRequest { Key = "s", Incarnation = 1, FirstPosition = position, Count = 1, Inputs = MemoryMarshal.AsBytes([input]).ToArray() }, _model));
        return answer!;
    }

    private void Write(Reply reply)
    {
        _turns.Run(() => _ = _actor.WhenDurableAsync());
        _turns.Run(() => _storage.EndWrite(reply));
    }

    private void Come() => _turns.Run(_lease.Come);

    private static StepAnswer Of(Task<StepAnswer> answer)
    {
        Assert.True(answer.IsCompletedSuccessfully);
        return answer.Result;
    }

    private sealed class LateLease : IReadLease
    {
        private readonly TaskCompletionSource<bool> _held = new();

        public bool IsHeld => false;

        public ValueTask<bool> RefreshAsync() => new(_held.Task);

        public void Come() => _held.SetResult(true);
    }
}
