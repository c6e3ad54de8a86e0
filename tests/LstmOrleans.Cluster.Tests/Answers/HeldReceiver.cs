using System.Threading.Channels;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cluster.Tests.Answers;

/// <summary>A client that takes a bundle when the test says so.</summary>
internal sealed class HeldReceiver : IAnswerReceiver
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly Channel<Held> _come = Channel.CreateUnbounded<Held>();

    public int Waiting => _come.Reader.Count;

    public Task Receive(AnswerBundle bundle)
    {
        var held = new Held(bundle, new TaskCompletionSource());
        Assert.True(_come.Writer.TryWrite(held));
        return held.Taken.Task;
    }

    public Task<Held> NextAsync() => _come.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Deadline, TestContext.Current.CancellationToken);

    public static async Task UntilAsync(Func<bool> holds)
    {
        for (long start = Environment.TickCount64; !holds();)
        {
            Assert.True(Environment.TickCount64 - start < Deadline.TotalMilliseconds, "It never came to be.");
            await Task.Yield();
        }
    }

    public sealed record Held(AnswerBundle Bundle, TaskCompletionSource Taken);
}
