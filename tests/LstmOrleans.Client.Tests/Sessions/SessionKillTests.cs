using LstmOrleans.Client.Tests.Cli;
using LstmOrleans.Client.Tests.Recording;
using LstmOrleans.Contracts.Batch;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Client.Tests.Sessions;

/// <summary>kill -9 of a real server under a session, and of the producer around its transaction.</summary>
public sealed class SessionKillTests
{
    private const int Events = 400, Window = 16;
    private const ulong Incarnation = 7, Session = 8;
    private const string Key = "killed";

    private readonly ITestOutputHelper _log;

    // The producer's own store: only whole transactions change it.
    private readonly List<float> _outputs = [];
    private (long Position, long Durable, ulong? History) _stored = (0, 0, null);

    public SessionKillTests(ITestOutputHelper log) => _log = log;

    [Theory]
    [InlineData(StreamMode.Durable, 81)]
    [InlineData(StreamMode.Checkpointed, 82)]
    public async Task ServerAndProducerKilled_EveryOutputOnce_EqualToTheOfflineForward(StreamMode mode, int seed)
    {
        var cancellation = TestContext.Current.CancellationToken;
        _log.WriteLine($"seed {seed}");
        var random = new Random(seed);
        float[] inputs = [.. Enumerable.Range(0, Events * ServerFixture.Features).Select(_ => (random.NextSingle() * 4) - 2)];
        using var folder = new TemporaryDirectory();
        await ServerFixture.ImportAsync(folder.File("data"));
        // No checkpoint by the clock: what is provisional when the server is killed is lost there.
        await using var server = await ServerProcess.StartAsync(
            folder.File("data"), ("WindowAnswers", Window), ("CheckpointEvents", 4 * Window), ("CheckpointInterval", "00:00:05"));
        // The server is killed at these positions; at the second one the producer is, too.
        var kills = new Queue<long>([random.Next(50, 120), random.Next(180, 250)]);
        int fellBack = 0;

        while (_stored.Position < Events)
        {
            await using var connection = await ConnectAsync(server, cancellation);
            await using var session = await OpenAsync(connection.Client, mode, cancellation);
            _ = WriteAsync(session, inputs);
            await foreach (var batch in session.AnswersAsync(cancellation))
            {
                Assert.Equal(_stored.Position + 1, batch.FirstPosition);
                Assert.True(batch.DurablePosition >= _stored.Durable, "The durable position that was told fell.");
                bool isKill = kills.TryPeek(out long at) && batch.LastPosition >= at && (mode == StreamMode.Durable || batch.LastPosition > batch.DurablePosition);
                // Killed with answers in hand that were never stored: they come again.
                bool isBoth = isKill && kills.Count == 1;
                if (!isBoth)
                    Store(batch);
                if (!isKill)
                    continue;
                kills.Dequeue();
                await server.KillAsync();
                await server.RestartAsync();
                long stands = await PositionAsync(server, cancellation);
                _log.WriteLine($"server killed{(isBoth ? " with its producer" : "")}: told {batch.LastPosition}, durable {batch.DurablePosition}; now at {stands}");
                Assert.InRange(stands, batch.DurablePosition, batch.LastPosition);
                fellBack += stands < batch.LastPosition ? 1 : 0;
                if (isBoth)
                    break;
            }

            Assert.True(session.DurablePosition >= _stored.Durable, "The durable position that was told fell.");
        }

        Assert.Empty(kills);
        Assert.True(mode == StreamMode.Durable ? fellBack == 0 : fellBack > 0, $"The stream fell back {fellBack} times.");
        await using var last = await ConnectAsync(server, cancellation);
        var view = await last.Client.ShowAsync(Key, cancellation);
        Assert.Equal((Events, Events), (view.Position, view.DurablePosition));
        Assert.Equal(_stored.History, view.History);
        var forward = await last.Client.ForwardAsync(
            new ForwardRequest { Model = "uni", Batch = 1, Steps = Events, BatchFirst = true, Inputs = LstmClient.ToBytes(inputs) }, cancellation);
        Assert.Equal(LstmClient.ToFloats(forward.Answers), _outputs);
    }

    private void Store(AnswerBatch batch)
    {
        _outputs.AddRange(batch.Answers.Span);
        _stored = (batch.LastPosition, batch.DurablePosition, batch.History);
    }

    private Task<StreamSession> OpenAsync(LstmClient client, StreamMode mode, CancellationToken cancellation) => client.OpenSessionAsync(Key, "uni", new StreamSessionOptions
    {
        Incarnation = Incarnation,
        Session = Session,
        Mode = mode,
        Position = _stored.Position,
        DurablePosition = _stored.Durable,
        History = _stored.History,
        WindowEvents = 8 * Window,
    }, cancellation);

    private static Task<LstmConnection> ConnectAsync(LstmServer server, CancellationToken cancellation) => LstmConnection.ConnectAsync(
        server.Gateway, TimeSpan.FromMinutes(2), new RetryPolicy { GiveUpAfter = TimeSpan.FromMinutes(2) }, cancellation);

    /// <summary>Over a connection of its own: the session's must find the new server by itself.</summary>
    private static async Task<long> PositionAsync(LstmServer server, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(server, cancellation);
        return (await connection.Client.ShowAsync(Key, cancellation)).Position;
    }

    private static async Task WriteAsync(StreamSession session, float[] inputs)
    {
        try
        {
            for (long position = session.ResumeAfter; position < Events; position++)
                await session.WriteAsync(inputs.AsMemory((int)position * ServerFixture.Features, ServerFixture.Features), TestContext.Current.CancellationToken);
            session.Complete();
        }
        catch (Exception failure)
        {
            session.Complete(failure);
        }
    }
}
