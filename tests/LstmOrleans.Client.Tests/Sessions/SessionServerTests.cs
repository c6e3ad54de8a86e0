using System.Net;
using LstmOrleans.Client.Tests.Cli;
using LstmOrleans.Contracts.Batch;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Sessions;

/// <summary>Sessions against the real server: what they store equals the offline forward.</summary>
public sealed class SessionServerTests : IClassFixture<ServerFixture>
{
    private const int Events = 100;

    private readonly ServerFixture _server;

    public SessionServerTests(ServerFixture server) => _server = server;

    [Theory]
    [InlineData(StreamMode.Durable)]
    [InlineData(StreamMode.Checkpointed)]
    public async Task Session_BrokenOffAndOpenedAgain_HasTheAnswersOfTheOfflineForward(StreamMode mode)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var connection = await LstmConnection.ConnectAsync(IPEndPoint.Parse(_server.Gateway), TimeSpan.FromSeconds(60), cancellation: cancellation);
        var random = new Random(71);
        float[] inputs = [.. Enumerable.Range(0, Events * ServerFixture.Features).Select(_ => (float)random.NextDouble())];
        var answers = new List<float>();
        (long Position, long Durable, ulong? History) stored = (0, 0, null);
        string key = $"session-{mode}";
        StreamSession session;
        for (int life = 0; ; life++)
        {
            session = await connection.Client.OpenSessionAsync(key, "uni", new StreamSessionOptions
            {
                Incarnation = 7,
                Session = 8,
                Mode = mode,
                Position = stored.Position,
                DurablePosition = stored.Durable,
                History = stored.History,
                WindowEvents = 40,
            }, cancellation);
            _ = WriteAsync(session, inputs);
            int batches = 0;
            await foreach (var batch in session.AnswersAsync(cancellation))
            {
                // Broken off with answers in hand.
                if (life < 3 && batches++ == life)
                    break;
                Assert.Equal(stored.Position + 1, batch.FirstPosition);
                answers.AddRange(batch.Answers.Span);
                stored = (batch.LastPosition, batch.DurablePosition, batch.History);
            }

            if (stored.Position == Events)
                break;
            await session.DisposeAsync();
        }

        Assert.Equal(Events, session.DurablePosition);
        var fenced = await Assert.ThrowsAsync<LstmException>(() => connection.Client.OpenSessionAsync(
            key, "uni", new StreamSessionOptions { Incarnation = 7, Session = 9, Mode = mode, Position = Events }, cancellation));
        Assert.Equal((StreamStatus.Fenced, 8ul), (fenced.Status, fenced.Session));
        await session.EndAsync(cancellation);
        await session.DisposeAsync();
        var forward = await connection.Client.ForwardAsync(
            new ForwardRequest { Model = "uni", Batch = 1, Steps = Events, BatchFirst = true, Inputs = LstmClient.ToBytes(inputs) }, cancellation);
        Assert.Equal(LstmClient.ToFloats(forward.Answers), answers);
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
