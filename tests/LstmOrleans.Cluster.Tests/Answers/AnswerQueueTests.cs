using System.Collections.Concurrent;
using CsCheck;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Answers;

namespace LstmOrleans.Cluster.Tests.Answers;

public sealed class AnswerQueueTests
{
    private readonly HeldReceiver _receiver = new();
    private int _ended;

    [Fact]
    public async Task WhileTwoAreOnTheWay_TheRestIsGathered_InOrder()
    {
        var (queue, first, second) = await TwoOnTheWayAsync();
        Add(queue, 3, 500);
        Assert.Equal((1L, 2L), (Assert.Single(first.Bundle.Calls), Assert.Single(second.Bundle.Calls)));

        second.Taken.SetResult();
        var rest = await _receiver.NextAsync();
        Assert.Equal(Enumerable.Range(3, 500).Select(call => (long)call), rest.Bundle.Calls);
        Assert.Equal(rest.Bundle.Calls, rest.Bundle.Answers.Select(answer => answer.Position));

        first.Taken.SetResult();
        Assert.Equal(0, _ended);
        rest.Taken.SetResult();
        await HeldReceiver.UntilAsync(() => _ended == 1);
        Assert.False(queue.TryAdd(503, Answer(503)));
    }

    [Fact]
    public async Task MoreThanABundleHolds_GoesInSeveral()
    {
        var (queue, first, second) = await TwoOnTheWayAsync();
        Add(queue, 3, (2 * AnswerQueue.MostInBundle) + 7);
        first.Taken.SetResult();
        var third = await _receiver.NextAsync();
        third.Taken.SetResult();
        var fourth = await _receiver.NextAsync();
        fourth.Taken.SetResult();
        var fifth = await _receiver.NextAsync();
        Assert.Equal((AnswerQueue.MostInBundle, AnswerQueue.MostInBundle, 7), (third.Bundle.Calls.Length, fourth.Bundle.Calls.Length, fifth.Bundle.Calls.Length));
        second.Taken.SetResult();
        fifth.Taken.SetResult();
        await HeldReceiver.UntilAsync(() => _ended == 1);
    }

    [Fact]
    public async Task ReceiverFails_WhatWaitsIsLost_AndTheQueueEndsOnce()
    {
        var (queue, first, second) = await TwoOnTheWayAsync();
        Add(queue, 3, 10);
        first.Taken.SetException(new TimeoutException("The client is gone."));
        await HeldReceiver.UntilAsync(() => _ended == 1);
        Assert.False(queue.TryAdd(13, Answer(13)));
        // On a thread of the pool what follows runs before this returns.
        await Task.Run(second.Taken.SetResult, TestContext.Current.CancellationToken);
        Assert.Equal((1, 0), (_ended, _receiver.Waiting));
    }

    [Fact]
    public async Task ClientThatTakesNothing_HasOnlySoManyWaiting()
    {
        var (queue, first, second) = await TwoOnTheWayAsync();
        Add(queue, 3, AnswerQueue.MostWaiting + 100);
        second.Taken.SetResult();
        long told = 2;
        while (told < AnswerQueue.MostWaiting + 2)
        {
            var next = await _receiver.NextAsync();
            told += next.Bundle.Calls.Length;
            next.Taken.SetResult();
        }

        Assert.Equal(AnswerQueue.MostWaiting + 2, told);
        first.Taken.SetResult();
        await HeldReceiver.UntilAsync(() => _ended == 1);
        Assert.Equal(0, _receiver.Waiting);
    }

    [Fact]
    public async Task LargeAnswers_GoInBundlesOfSoManyBytes_AndOnlySoManyBytesWait()
    {
        var large = new StepAnswer { Answers = new byte[100 * 1_024] };
        var (queue, first, second) = await TwoOnTheWayAsync();
        const int Room = AnswerQueue.MostBytesWaiting / (100 * 1_024);
        for (int call = 0; call < Room + 10; call++)
            Assert.True(queue.TryAdd(call, large));
        second.Taken.SetResult();
        for (int told = 0; told < Room;)
        {
            var next = await _receiver.NextAsync();
            Assert.InRange(next.Bundle.Answers.Sum(answer => answer.Answers.Length), 1, AnswerQueue.MostBytesInBundle);
            told += next.Bundle.Calls.Length;
            Assert.True(told <= Room);
            // One that alone is more than a bundle may hold still goes.
            if (told == Room)
                Assert.True(queue.TryAdd(-1, new StepAnswer { Answers = new byte[2 * AnswerQueue.MostBytesInBundle] }));
            next.Taken.SetResult();
        }

        var last = await _receiver.NextAsync();
        Assert.Equal(-1, Assert.Single(last.Bundle.Calls));
        last.Taken.SetResult();
        first.Taken.SetResult();
        await HeldReceiver.UntilAsync(() => _ended == 1);
    }

    // Queues end and begin anew as answers come and go, and where a client fails; whoever adds at that moment takes the next one. As AnswerPost does.
    [Theory]
    [InlineData(0)]
    [InlineData(0.2)]
    public void AnyInterleaving_EveryAnswerArrivesOnce_OrIsLostWithABundleThatFailed(double failures) => Gen.Select(Gen.Int[1, 4], Gen.Int[1, 300], Gen.Int).Sample(test =>
    {
        var (threads, answers, seed) = test;
        var arrived = new ConcurrentBag<long>();
        var receiver = new ReceiverThatWaits(arrived, new Random(seed), failures);
        var queues = new ConcurrentDictionary<int, AnswerQueue>();
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
        {
            for (int index = 0; index < answers; index++)
            {
                long call = (thread * 1_000) + index;
                while (!queues.GetOrAdd(0, _ => new AnswerQueue(receiver, SiloAddress.Zero, queue => queues.TryRemove(new(0, queue)))).TryAdd(call, Answer(call)))
                {
                }

                if (index % 50 == 0)
                    Thread.Yield();
            }
        });
        Assert.True(SpinWait.SpinUntil(() => queues.IsEmpty, TimeSpan.FromSeconds(30)), "A queue did not end.");
        long[] sent = [.. Enumerable.Range(0, threads).SelectMany(thread => Enumerable.Range(0, answers).Select(index => (long)((thread * 1_000) + index)))];
        if (receiver.Failed == 0)
            Assert.Equal(sent, arrived.Order());
        else
            Assert.Equal(arrived.Order(), arrived.Distinct().Intersect(sent).Order());
    }, iter: 100);

    /// <summary>A queue with answers 1 and 2 on the way, each in a bundle of its own: what is added now waits.</summary>
    private async Task<(AnswerQueue Queue, HeldReceiver.Held First, HeldReceiver.Held Second)> TwoOnTheWayAsync()
    {
        var queue = Queue();
        Add(queue, 1, 1);
        var first = await _receiver.NextAsync();
        Add(queue, 2, 1);
        var second = await _receiver.NextAsync();
        return (queue, first, second);
    }

    private AnswerQueue Queue() => new(_receiver, SiloAddress.Zero, _ => Interlocked.Increment(ref _ended));

    private static StepAnswer Answer(long call) => new() { Position = call };

    private static void Add(AnswerQueue queue, long first, int count)
    {
        for (long call = first; call < first + count; call++)
            Assert.True(queue.TryAdd(call, Answer(call)));
    }

    private sealed class ReceiverThatWaits(ConcurrentBag<long> arrived, Random random, double failures) : IAnswerReceiver
    {
        private int _failed;

        public int Failed => Volatile.Read(ref _failed);

        public async Task Receive(AnswerBundle bundle)
        {
            int yields;
            bool fails;
            lock (random)
                (yields, fails) = (random.Next(4), random.NextDouble() < failures);
            for (int yield = 0; yield < yields; yield++)
                await Task.Yield();
            if (fails)
            {
                Interlocked.Increment(ref _failed);
                throw new TimeoutException("A client that is gone.");
            }

            foreach (long call in bundle.Calls)
                arrived.Add(call);
        }
    }
}
