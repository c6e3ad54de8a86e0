using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Sessions;

public sealed class RetryPolicyTests
{
    [Fact]
    public async Task Run_CallWasCancelledByTheCluster_IsSentAgain()
    {
        var policy = new RetryPolicy { FirstPause = TimeSpan.FromMilliseconds(1) };
        int calls = 0;
        int answer = await policy.RunAsync(
            () => ++calls == 1 ? Task.FromException<int>(new TaskCanceledException()) : Task.FromResult(7), _ => (StreamStatus.Ok, ""), TestContext.Current.CancellationToken);
        Assert.Equal((7, 2), (answer, calls));
    }
}
