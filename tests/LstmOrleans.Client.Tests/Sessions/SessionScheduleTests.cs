using System.Runtime.InteropServices;
using CsCheck;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Sessions;

/// <summary>Random schedules: losses, delays, repeats, crashes, producers killed and started again. CsCheck prints the seed of a failed one.</summary>
public sealed class SessionScheduleTests
{
    [Theory]
    [InlineData(StreamMode.Durable)]
    [InlineData(StreamMode.Checkpointed)]
    public void Producer_KilledOverABadNetwork_HasEachOutputOnceAndEqual(StreamMode mode) =>
        (from seed in Gen.Int
         from events in Gen.Int[1, 60]
         from killed in Gen.Int[0, 5]
         from trouble in Gen.OneOfConst(0.0, 0.05, 0.25)
         select (seed, events, killed, trouble)).Sample(run => RunAsync(mode, run.seed, run.events, run.killed, run.trouble).GetAwaiter().GetResult(), iter: 150, threads: 2);

    private static async Task RunAsync(StreamMode mode, int seed, int events, int killed, double trouble)
    {
        var time = new SimulatedTime();
        var stream = new FakeStream(mode);
        var network = new FakeNetwork(stream, time, seed, trouble);
        var producer = new TransactionalProducer(stream, network, time, mode, events, seed);

        await time.RunAsync(producer.RunAsync(killed), $"seed {seed}, {events} events, {killed} killed, trouble {trouble}");

        ulong history = StreamHistory.Empty;
        Assert.Equal(events, producer.Outputs.Count);
        for (int position = 1; position <= events; position++)
        {
            history = StreamHistory.Append(history, MemoryMarshal.AsBytes<float>(TransactionalProducer.Input(position)));
            Assert.Equal(FakeStream.AnswerTo(history), producer.Outputs[position - 1]);
        }

        Assert.Equal((events, history), (stream.Position, stream.History));
        Assert.Equal(events, stream.DurablePosition);
    }
}
