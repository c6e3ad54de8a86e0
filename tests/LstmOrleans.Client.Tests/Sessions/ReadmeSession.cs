using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Sessions;

/// <summary>The README's example of a session, line by line, run against the stream model.</summary>
public sealed class ReadmeSession
{
    private readonly FakeStream _stream = new(StreamMode.Durable);

    [Fact]
    public async Task Example_IsTheReadmes_AndRuns()
    {
        var time = new SimulatedTime();
        var network = new FakeNetwork(_stream, time, 0, 0);
        var mine = new Store();
        await RunAsync(new LstmClient(network.Factory(), new RetryPolicy { Time = time }), mine, FakeStream.Key, "pump");
        Assert.Equal((20, 20L), (mine.Count, _stream.Position));

        string source = await File.ReadAllTextAsync(Root("tests/LstmOrleans.Client.Tests/Sessions/ReadmeSession.cs"), TestContext.Current.CancellationToken);
        string readme = await File.ReadAllTextAsync(Root("README.md"), TestContext.Current.CancellationToken);
        string[] lines = [.. source.ReplaceLineEndings("\n").Split('\n').SkipWhile(line => !line.Contains("// README", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.Contains("// end", StringComparison.Ordinal)).Select(line => line.Length > 8 ? line[8..] : "")];
        Assert.Contains(string.Join('\n', lines).Replace("key, model", "\"pump-7\", \"pump\"", StringComparison.Ordinal), readme.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private static async Task RunAsync(LstmClient client, Store mine, string key, string model)
    {
        // README
        await using var session = await client.OpenSessionAsync(key, model, new StreamSessionOptions
        {
            Incarnation = mine.Incarnation, Session = mine.Session,      // random ids, stored before the first call
            Position = mine.Position,                                    // the last position whose answer is stored
        });
        _ = Task.Run(async () =>
        {
            try
            {
                await foreach (float[] input in mine.EventsBehind(session.ResumeAfter))
                    await session.WriteAsync(input);                     // waits when the window is full
                session.Complete();
            }
            catch (Exception error)
            {
                session.Complete(error);                                 // the loop below ends with it
            }
        });
        await foreach (AnswerBatch batch in session.AnswersAsync())
            await mine.StoreInOneTransaction(batch.Answers, batch.LastPosition);   // the next batch confirms this one
        // end
    }

    private static string Root(string path, [System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", path);

    private sealed class Store
    {
        public ulong Incarnation { get; } = 7;

        public ulong Session { get; } = 8;

        public long Position { get; private set; }

        public int Count { get; private set; }

        private int Last { get; } = 20;

        public async IAsyncEnumerable<float[]> EventsBehind(long position)
        {
            while (++position <= Last)
            {
                await Task.Yield();
                yield return TransactionalProducer.Input(position);
            }
        }

        public Task StoreInOneTransaction(ReadOnlyMemory<float> answers, long position)
        {
            (Position, Count) = (position, Count + (answers.Length / FakeStream.AnswerSize));
            return Task.CompletedTask;
        }
    }
}
