using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Sessions;

/// <summary>A producer that stores outputs, position and durable position in one transaction, and may be killed and started again anywhere.</summary>
internal sealed class TransactionalProducer(FakeStream stream, FakeNetwork network, SimulatedTime time, StreamMode mode, int events, int seed)
{
    public const int WindowEvents = 12;

    private const ulong Incarnation = 7;

    private readonly Random _random = new(seed);
    private ulong _session = 100;

    // The store of the producer's application: only whole transactions change it.
    private (long Position, long Durable, ulong? History) _stored = (0, 0, null);

    public List<float[]> Outputs { get; } = [];

    /// <summary>The source: it repeats what it gave before.</summary>
    public static float[] Input(long position) => [position, MathF.Sin(position)];

    /// <summary>Runs lives until all events are stored and durable; the first ones are killed at some moment.</summary>
    public async Task RunAsync(int killed)
    {
        for (int life = 0; _stored.Position < events || _stored.Durable < events; life++)
        {
            using var kill = life < killed
                ? new CancellationTokenSource(TimeSpan.FromMilliseconds(_random.Next(20_000)), time)
                : new CancellationTokenSource();
            try
            {
                await LiveAsync(kill.Token, life < killed ? _random.Next(6) : int.MaxValue);
            }
            catch (OperationCanceledException) when (kill.IsCancellationRequested)
            {
            }

            network.Forget();
        }
    }

    private async Task LiveAsync(CancellationToken kill, int batches)
    {
        var client = new LstmClient(network.Factory(), new RetryPolicy { GiveUpAfter = TimeSpan.FromDays(10), Time = time });
        await using var session = await client.OpenSessionAsync(FakeStream.Key, "m", new StreamSessionOptions
        {
            Incarnation = Incarnation,
            Session = _session,
            Mode = mode,
            Position = _stored.Position,
            DurablePosition = _stored.Durable,
            History = _random.Next(2) == 0 ? _stored.History : null,
            WindowEvents = WindowEvents,
            TakeOver = true,
        }, kill);
        _ = WriteAsync(session, kill);
        await foreach (var batch in session.AnswersAsync(kill))
        {
            Assert.InRange(session.Pending, 0, WindowEvents);
            Assert.Equal(_stored.Position + 1, batch.FirstPosition);
            Assert.True(batch.DurablePosition >= _stored.Durable, "The durable position fell.");
            if (mode == StreamMode.Durable)
                Assert.True(batch.DurablePosition >= batch.LastPosition, "An answer came before its state was durable.");
            // Killed with answers in hand that are not stored ...
            if (batches-- == 0)
                return;
            for (int index = 0; index < batch.Count; index++)
                Outputs.Add(batch.Answers.Slice(index * FakeStream.AnswerSize, FakeStream.AnswerSize).ToArray());
            _stored = (batch.LastPosition, batch.DurablePosition, batch.History);
            // ... or right behind the transaction.
            if (_random.Next(10) == 0 && batches < events)
                return;
        }

        _stored.Durable = session.DurablePosition;
        Assert.True(session.WhenDurableAsync(events, kill).IsCompletedSuccessfully);
        if (_random.Next(2) == 0)
        {
            await session.EndAsync(kill);
            _session++;
        }
    }

    private async Task WriteAsync(StreamSession session, CancellationToken kill)
    {
        try
        {
            for (long position = session.ResumeAfter + 1; position <= events; position++)
            {
                await session.WriteAsync(Input(position), kill);
                if (mode == StreamMode.Checkpointed && position % 5 == 0)
                    stream.Checkpoint();
            }

            session.Complete();
        }
        catch (Exception failure)
        {
            session.Complete(failure);
        }
    }
}
