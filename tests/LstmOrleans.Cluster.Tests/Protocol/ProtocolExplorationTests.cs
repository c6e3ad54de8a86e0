using CsCheck;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cluster.Tests.Protocol;

/// <summary>
/// The grain's own protocol, model-checked: every short history of calls, write outcomes, crashes, zombies and sessions, and many long random ones.
/// </summary>
public class ProtocolExplorationTests
{
    /// <summary>LSTM_LONG_TESTS: histories of one more event.</summary>
    private static readonly bool Long = Environment.GetEnvironmentVariable("LSTM_LONG_TESTS") is { Length: > 0 };

    [Theory]
    [InlineData(StreamMode.Durable, false, 5, true, true)]
    [InlineData(StreamMode.Durable, false, 5, true, false)]
    [InlineData(StreamMode.Durable, false, 5, false, false)]
    [InlineData(StreamMode.Durable, true, 4, true, true)]
    [InlineData(StreamMode.Durable, true, 4, true, false)]
    [InlineData(StreamMode.Checkpointed, false, 5, true, true)]
    [InlineData(StreamMode.Checkpointed, false, 5, false, false)]
    [InlineData(StreamMode.Checkpointed, true, 4, true, true)]
    public void EveryShortHistory_TellsNothingThatIsNotTrue(StreamMode mode, bool sessions, int length, bool byRecord, bool submits)
    {
        length += Long ? 1 : 0;
        int histories = 0;
        var path = new List<string>();
        Explore();
        TestContext.Current.TestOutputHelper?.WriteLine($"{histories} histories of {length} events");
        Assert.True(histories > 5_000, $"Only {histories} histories: the world has become too small to tell anything.");

        void Explore()
        {
            var world = Replay(mode, byRecord, submits, path);
            if (path.Count == length)
            {
                histories++;
                Run(path, world.Drain);
                return;
            }

            foreach (string name in world.Events(sessions).ToList())
            {
                path.Add(name);
                Explore();
                path.RemoveAt(path.Count - 1);
            }
        }
    }

    [Theory]
    [InlineData(StreamMode.Durable)]
    [InlineData(StreamMode.Checkpointed)]
    public void LongRandomHistories_TellNothingThatIsNotTrue(StreamMode mode) =>
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Int[0, 1_000_000].Array[60]).Sample((sessions, byRecord, submits, choices) =>
        {
            var world = new ProtocolWorld(mode, byRecord, submits: submits);
            var path = new List<string>();
            foreach (int choice in choices)
            {
                var events = world.Events(sessions).ToList();
                path.Add(events[choice % events.Count]);
                Run(path, () => world.Happen(path[^1]));
            }

            Run(path, world.Drain);
        }, iter: Long ? 100_000 : 3_000);

    // Histories that once told what was not true, whatever the random ones of today find.
    [Theory]
    [InlineData(StreamMode.Checkpointed, false, "z k00 s0 t0 w00 w00 d0 d0 y0 p0 r0 d0 w03 d0 d0 z t0 p1 s1 w12 y0 q1 d0 q1 p1 r0 r1 r1 t1 w10 s1 p0 y0 y0 r1 p0 s0 t1 p0 s1 s0 p0 q0 q0 d1 w10 w10")]
    public void KnownHistory_TellsNothingThatIsNotTrue(StreamMode mode, bool byRecord, string history)
    {
        List<string> path = [.. history.Split(' ')];
        Run(path, Replay(mode, byRecord, submits: false, path).Drain);
    }

    [Theory]
    [InlineData(StreamMode.Durable)]
    [InlineData(StreamMode.Checkpointed)]
    public void ArraysUsedAgain_ChangeNoBit(StreamMode mode)
    {
        var spoiling = new SpoilingPool();
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Int[0, 1_000_000].Array[40]).Sample((sessions, byRecord, submits, choices) =>
        {
            var (again, never) = (new ProtocolWorld(mode, byRecord, spoiling, submits), new ProtocolWorld(mode, byRecord, new ForgetfulPool(), submits));
            var path = new List<string>();
            foreach (int choice in choices)
            {
                var events = again.Events(sessions).ToList();
                path.Add(events[choice % events.Count]);
                Run(path, () =>
                {
                    again.Happen(path[^1]);
                    never.Happen(path[^1]);
                    Assert.True(again.Row.SequenceEqual(never.Row), "The stored rows differ.");
                    Assert.Equal(never.Told.Count, again.Told.Count);
                });
            }

            // Only now: an answer must keep its bits also when its record is long gone.
            foreach (var (one, other) in never.Told.Zip(again.Told))
            {
                Assert.True(one.Answers.Span.SequenceEqual(other.Answers.Span), "Answers differ.");
                Assert.Equal(one, other with { Answers = one.Answers });
            }
        }, iter: Long ? 30_000 : 1_000, threads: 1);
        Assert.True(spoiling.Given > 1_000, $"Arrays were given back only {spoiling.Given} times.");
    }

    private static ProtocolWorld Replay(StreamMode mode, bool byRecord, bool submits, List<string> path)
    {
        var world = new ProtocolWorld(mode, byRecord, submits: submits);
        foreach (string name in path)
            Run(path, () => world.Happen(name));
        return world;
    }

    private static void Run(List<string> path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"After {string.Join(' ', path)}: {exception.Message}", exception);
        }
    }
}
