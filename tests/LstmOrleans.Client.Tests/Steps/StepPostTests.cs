using CsCheck;
using LstmOrleans.Client.Steps;
using LstmOrleans.Contracts.Streams;
using Microsoft.Extensions.Time.Testing;

namespace LstmOrleans.Client.Tests.Steps;

public sealed class StepPostTests
{
    private static readonly SiloAddress Silo = SiloAddress.FromParsableString("127.0.0.1:11111@1");
    private static readonly GrainId Receiver = GrainId.Create("sys.client", "test");

    private readonly FakePosts _posts = new();
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(3 * StepPost.MostInBundle, 4)]
    [InlineData(100, StepPost.MostBytesInBundle / 10)]
    [InlineData(3, 2 * StepPost.MostBytesInBundle)]
    public async Task Bundles_AreBounded_AndKeepTheOrder(int steps, int bytes)
    {
        var post = Post();
        for (int call = 0; call < steps; call++)
            post.Add(Step(call, bytes));
        List<(long First, int Post, StepBundle Bundle)> bundles = [];
        for (int told = 0; told < steps; told += bundles[^1].Bundle.Calls.Length)
        {
            var (_, number, bundle) = await _posts.NextBundleAsync();
            bundles.Add((bundle.Calls[0], number, bundle));
            Assert.InRange(bundle.Calls.Length, 1, StepPost.MostInBundle);
            // One that alone is more than a bundle may hold still goes.
            Assert.True(bundle.Steps.Length == 1 || bundle.Steps.Sum(step => step.Inputs.Length) <= StepPost.MostBytesInBundle);
        }

        // Two threads may deliver at a time; the bundles themselves are cut in order.
        Assert.Equal(Enumerable.Range(0, steps).Select(call => (long)call), bundles.OrderBy(bundle => bundle.First).SelectMany(bundle => bundle.Bundle.Calls));
        Assert.Equal(Math.Min(bundles.Count, StepPost.PostsOfASilo), bundles.Select(bundle => bundle.Post).Distinct().Count());
    }

    [Fact]
    public void AnyInterleaving_EveryStepLeavesOnce() => Gen.Select(Gen.Int[1, 4], Gen.Int[1, 400]).Sample(test =>
    {
        var (threads, steps) = test;
        var post = Post();
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
        {
            for (int index = 0; index < steps; index++)
            {
                post.Add(Step((thread * 1_000) + index, 4));
                if (index % 50 == 0)
                    Thread.Yield();
            }
        });
        var sent = _posts.NextAsync(threads * steps).GetAwaiter().GetResult();
        Assert.Equal(
            Enumerable.Range(0, threads).SelectMany(thread => Enumerable.Range(0, steps).Select(index => (long)((thread * 1_000) + index))),
            sent.Select(step => step.Call).Order());
    }, iter: 50, threads: 1);

    // Messages to different posts go through different gateways; one of these may hang.
    [Fact]
    public async Task WayThatRests_IsPassedOver_UntilItsTimeIsOver()
    {
        var post = Post();
        var steps = new List<SubmittedStep>();
        Assert.Equal([0, 1, 2, 3, 0], await PostsOfNextAsync(5));
        var (first, third) = (steps[1].Way!, steps[3].Way!);
        long now = _time.GetTimestamp(), later = now + (10 * _time.TimestampFrequency);
        first.Rest(later);
        third.Rest(later);
        Assert.Equal([2, 0, 2, 0], await PostsOfNextAsync(4));
        Assert.False(post.Rests(now));
        third.Answered(now);
        Assert.Equal([2, 3, 0], await PostsOfNextAsync(3));
        foreach (var step in steps)
            step.Way!.Rest(later);
        Assert.True(post.Rests(now));
        Assert.False(post.Rests(later));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([1, 2, 3, 0], await PostsOfNextAsync(4));

        async Task<List<int>> PostsOfNextAsync(int count)
        {
            List<int> numbers = [];
            for (int index = 0; index < count; index++)
            {
                steps.Add(Step(steps.Count, 4));
                post.Add(steps[^1]);
                numbers.Add((await _posts.NextBundleAsync()).Post);
            }

            return numbers;
        }
    }

    private StepPost Post() => new(number => _posts.Of(Silo, number), Receiver, _time, (_, _, exception) => throw exception);

    private static SubmittedStep Step(long call, int bytes) => new(call, new StepLine(null!), new StepRequest { Key = "s", Count = 1, Inputs = new byte[bytes] }, began: 0);
}
