using System.Threading.Channels;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Steps;

/// <summary>The posts of some silos, that only keep what came.</summary>
internal sealed class FakePosts
{
    private readonly Channel<(SiloAddress Silo, int Post, StepBundle Bundle)> _bundles = Channel.CreateUnbounded<(SiloAddress, int, StepBundle)>();

    /// <summary>What a delivery ends with.</summary>
    public Func<Task> Delivered { get; set; } = () => Task.CompletedTask;

    public IStepPost Of(SiloAddress silo, int number) => new Post(this, silo, number);

    /// <summary>The next bundle.</summary>
    public async Task<(SiloAddress Silo, int Post, StepBundle Bundle)> NextBundleAsync() =>
        await _bundles.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    /// <summary>The next steps, in however many bundles.</summary>
    public async Task<List<(SiloAddress Silo, GrainId Receiver, long Call, StepRequest Step)>> NextAsync(int count)
    {
        List<(SiloAddress, GrainId, long, StepRequest)> steps = [];
        while (steps.Count < count)
        {
            var (silo, _, bundle) = await NextBundleAsync();
            Assert.Equal(bundle.Calls.Length, bundle.Steps.Length);
            steps.AddRange(bundle.Calls.Zip(bundle.Steps, (call, step) => (silo, bundle.Receiver, call, step)));
        }

        Assert.Equal(count, steps.Count);
        return steps;
    }

    private sealed class Post(FakePosts posts, SiloAddress silo, int number) : IStepPost
    {
        public Task Deliver(StepBundle bundle)
        {
            Assert.True(posts._bundles.Writer.TryWrite((silo, number, bundle)));
            return posts.Delivered();
        }
    }
}
