using LstmOrleans.Silo.Batch;

namespace LstmOrleans.Cluster.Tests.Batch;

/// <summary>What waits for a thread is bounded by number and by bytes.</summary>
public sealed class BatchComputeTests : IDisposable
{
    private readonly BatchCompute _compute = new();

    public void Dispose() => _compute.Dispose();

    [Fact]
    public void Enter_NumberThatMayWait_NotOneMore_UntilOneLeaves()
    {
        var places = Enumerable.Range(0, BatchCompute.MaxWaiting).Select(_ => _compute.TryEnter(0)).ToArray();
        Assert.All(places, Assert.NotNull);
        Assert.Null(_compute.TryEnter(0));
        places[5]!.Dispose();
        places[5]!.Dispose();
        using var next = _compute.TryEnter(0);
        Assert.NotNull(next);
        Assert.Null(_compute.TryEnter(0));
    }

    [Fact]
    public void Enter_BytesThatMayWait_NotOneMore_UntilTheyLeave()
    {
        using var first = _compute.TryEnter(BatchCompute.MaxWaitingBytes / 2);
        using (var second = _compute.TryEnter(BatchCompute.MaxWaitingBytes / 2))
        {
            Assert.NotNull(second);
            Assert.Null(_compute.TryEnter(1));
        }

        using var third = _compute.TryEnter(1);
        Assert.NotNull(third);
        Assert.Equal(2, _compute.Waiting);
    }

    [Fact]
    public void Enter_LargerThanAllThatMayWait_WhenNothingWaits()
    {
        using (_compute.TryEnter(BatchCompute.MaxWaitingBytes + 1))
            Assert.Null(_compute.TryEnter(0));
        using var other = _compute.TryEnter(BatchCompute.MaxWaitingBytes + 1);
        Assert.NotNull(other);
    }

    [Fact]
    public async Task Run_LeavesItsPlaceWhenItHasAThread_AndTheThreadWhenItEnds()
    {
        for (int turn = 0; turn < (2 * _compute.Limit) + 1; turn++)
        {
            using var place = _compute.TryEnter(BatchCompute.MaxWaitingBytes)!;
            await place.RunAsync(() => Assert.Equal((0, 1), (_compute.Waiting, _compute.Busy)));
        }

        for (int turn = 0; turn < _compute.Limit + 1; turn++)
        {
            using var place = _compute.TryEnter(1)!;
            await Assert.ThrowsAsync<InvalidOperationException>(() => place.RunAsync(() => throw new InvalidOperationException()));
        }

        Assert.Equal((0, 0), (_compute.Waiting, _compute.Busy));
    }
}
