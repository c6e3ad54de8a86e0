using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Sessions;

public sealed class StreamSessionTests
{
    private readonly SimulatedTime _time = new();

    [Fact]
    public async Task SecondProducer_IsFenced_UntilItTakesOver_ThenTheFirstIs()
    {
        var stream = new FakeStream(StreamMode.Durable);
        var first = await OpenAsync(stream, session: 1);
        await SendAsync(first, 1, 3);

        var refused = await Assert.ThrowsAsync<LstmException>(() => OpenAsync(stream, session: 2, position: 3));
        Assert.Equal((StreamStatus.Fenced, 1ul, 3L), (refused.Status, refused.Session, refused.Position));
        Assert.Contains("TakeOver", refused.Message, StringComparison.Ordinal);

        var second = await OpenAsync(stream, session: 2, position: 3, takeOver: true);
        await SendAsync(second, 4, 5);
        var fenced = await Assert.ThrowsAsync<LstmException>(() => SendAsync(first, 4, 4));
        Assert.Equal(StreamStatus.Fenced, fenced.Status);
        Assert.Contains("another producer sends", fenced.Message, StringComparison.Ordinal);
        Assert.Equal(5, stream.Position);
    }

    [Fact]
    public async Task SameSessionId_AfterARestart_GoesOn_AfterItsEnd_IsRefused()
    {
        var stream = new FakeStream(StreamMode.Durable);
        await SendAsync(await OpenAsync(stream, session: 1), 1, 3);
        var again = await OpenAsync(stream, session: 1, position: 2);
        Assert.Equal(2, again.ResumeAfter);
        await SendAsync(again, 3, 4);
        await again.EndAsync(Cancellation);
        await again.EndAsync(Cancellation);

        var refused = await Assert.ThrowsAsync<LstmException>(() => OpenAsync(stream, session: 1, position: 4));
        Assert.Equal(StreamStatus.Fenced, refused.Status);
        Assert.Contains("new id", refused.Message, StringComparison.Ordinal);
        // An ended session is in nobody's way.
        await SendAsync(await OpenAsync(stream, session: 2, position: 4), 5, 6);
    }

    [Fact]
    public async Task StoreOfTheProducer_OlderThanWhatItConfirmed_IsRefusedAtOpen()
    {
        var stream = new FakeStream(StreamMode.Durable);
        var session = await OpenAsync(stream, session: 1);
        await SendAsync(session, 1, 3);
        await SendAsync(session, 4, 6);
        var refused = await Assert.ThrowsAsync<LstmException>(() => OpenAsync(stream, session: 1, position: 1));
        Assert.Equal(StreamStatus.Duplicate, refused.Status);
        Assert.Contains("position 3 are stored, but this producer has stored 1", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StreamMode.Durable)]
    [InlineData(StreamMode.Checkpointed)]
    public async Task StreamBelowWhatWasToldDurable_IsStateRegressed(StreamMode mode)
    {
        var stream = new FakeStream(mode);
        var session = await OpenAsync(stream, session: 1, mode: mode);
        await SendAsync(session, 1, 3);
        stream.Checkpoint();
        await SendAsync(session, 4, 4);
        Assert.Equal(mode == StreamMode.Durable ? 4 : 3, session.DurablePosition);
        stream.Exchange(1, 99);
        Assert.Equal(StreamStatus.StateRegressed, (await Assert.ThrowsAsync<LstmException>(() => SendAsync(session, 5, 5))).Status);
        Assert.Equal(StreamStatus.StateRegressed, (await Assert.ThrowsAsync<LstmException>(
            () => OpenAsync(stream, session: 1, position: 4, durable: 3, mode: mode))).Status);
    }

    [Fact]
    public async Task Checkpointed_AfterACrash_IsSentAgain_AndGivenOnce()
    {
        var stream = new FakeStream(StreamMode.Checkpointed);
        var network = new FakeNetwork(stream, _time, 0, 0);
        var session = await OpenAsync(network, session: 1, mode: StreamMode.Checkpointed);
        await SendAsync(session, 1, 2);
        stream.Checkpoint();
        await SendAsync(session, 3, 5);
        stream.Crash();
        Assert.Equal(2, stream.Position);

        var batch = await SendAsync(session, 6, 6);

        Assert.Equal((6, 1), (batch[0].FirstPosition, batch.Sum(part => part.Count)));
        Assert.Equal(6, stream.Position);
        Assert.Equal(batch[^1].History, stream.History);
    }

    [Fact]
    public async Task Checkpointed_OtherInputsAfterACrash_IsDiverged()
    {
        var stream = new FakeStream(StreamMode.Checkpointed);
        var session = await OpenAsync(stream, session: 1, mode: StreamMode.Checkpointed);
        await SendAsync(session, 1, 5);
        stream.Exchange(3, history: 4711);
        var diverged = await Assert.ThrowsAsync<LstmException>(() => SendAsync(session, 6, 6));
        Assert.Equal((StreamStatus.Diverged, 3L), (diverged.Status, diverged.Position));
        Assert.Equal(3, stream.Position);
    }

    [Fact]
    public async Task SourceThatDoesNotRepeat_IsDivergedBeforeItIsSent()
    {
        var stream = new FakeStream(StreamMode.Checkpointed);
        var session = await OpenAsync(stream, session: 1, mode: StreamMode.Checkpointed);
        var batches = await SendAsync(session, 1, 5);
        stream.Crash();
        var again = await OpenAsync(stream, session: 1, position: 5, history: batches[^1].History, mode: StreamMode.Checkpointed);
        Assert.Equal(0, again.ResumeAfter);
        for (int position = 1; position <= 4; position++)
            await again.WriteAsync(TransactionalProducer.Input(position), Cancellation);
        await again.WriteAsync(new float[] { 0.5f, 0.5f }, Cancellation);
        again.Complete();
        Assert.Equal(StreamStatus.Diverged, (await Assert.ThrowsAsync<LstmException>(() => ReadAsync(again, 1))).Status);
        Assert.Equal(0, stream.Position);
    }

    [Fact]
    public async Task Checkpointed_NoMoreEvents_IsToldWhenTheLastIsDurable()
    {
        var stream = new FakeStream(StreamMode.Checkpointed);
        var session = await OpenAsync(stream, session: 1, mode: StreamMode.Checkpointed);
        await SendAsync(session, 1, 4);
        var durable = session.WhenDurableAsync(4, Cancellation);
        using var stop = new CancellationTokenSource();
        var reading = ReadUntilAsync(session, int.MaxValue, stop.Token);
        // Some polls go by in which nothing is durable.
        await _time.RunAsync(Task.Delay(TimeSpan.FromSeconds(5), _time, Cancellation), "polling");
        Assert.False(durable.IsCompleted);
        Assert.Equal(0, session.DurablePosition);
        stream.Checkpoint();
        await _time.RunAsync(durable, "waiting for the durable position");
        Assert.Equal((4, 0), (session.DurablePosition, session.Pending));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _time.RunAsync(reading, "reading"));
    }

    [Fact]
    public async Task Writing_WaitsWhenTheWindowIsFull_UntilEventsAreDurable()
    {
        var stream = new FakeStream(StreamMode.Checkpointed);
        var session = await OpenAsync(stream, session: 1, mode: StreamMode.Checkpointed, window: 5);
        await SendAsync(session, 1, 5);
        var sixth = session.WriteAsync(TransactionalProducer.Input(6), Cancellation).AsTask();
        Assert.False(sixth.IsCompleted);
        Assert.Equal(5, session.Pending);
        stream.Checkpoint();
        await _time.RunAsync(ReadAsync(session, 1), "reading");
        await sixth;
        Assert.Equal(1, session.Pending);
    }

    [Fact]
    public async Task Writer_ThatWaits_GetsTheReadersFailure()
    {
        var stream = new FakeStream(StreamMode.Durable);
        var session = await OpenAsync(stream, session: 1, window: 2);
        await session.WriteAsync(TransactionalProducer.Input(1), Cancellation);
        await session.WriteAsync(TransactionalProducer.Input(2), Cancellation);
        var third = session.WriteAsync(TransactionalProducer.Input(3), Cancellation).AsTask();
        await OpenAsync(stream, session: 2, takeOver: true);
        await Assert.ThrowsAsync<LstmException>(() => ReadAsync(session, 1));
        Assert.Equal(StreamStatus.Fenced, (await Assert.ThrowsAsync<LstmException>(() => third)).Status);
        await Assert.ThrowsAsync<LstmException>(() => session.WriteAsync(TransactionalProducer.Input(3), Cancellation).AsTask());
    }

    [Fact]
    public async Task NextCall_CarriesWhatQueued_UpToTheWindow()
    {
        var network = new FakeNetwork(new FakeStream(StreamMode.Durable), _time, 0, 0);
        var session = await OpenAsync(network, session: 1);
        var batches = await SendAsync(session, 1, 19);
        Assert.Equal([8, 8, 3], batches.Select(batch => batch.Count));
        Assert.Equal(3, network.Requests);
    }

    [Fact]
    public async Task LateAnswer_IsAskedForAgain_AndTheFirstStillCounts()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var third = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sentAfter = new List<double>();
        var network = new FakeNetwork(new FakeStream(StreamMode.Durable), _time, 0, 0);
        var session = await OpenAsync(network, session: 1);
        long start = _time.GetTimestamp();
        network.Arriving = Arrive;
        var sending = SendAsync(session, 1, 1);
        // The client's own timer is the only one, so that time cannot pass it on a busy machine.
        await _time.RunAsync(third.Task, "sending three times");
        Assert.Equal([0, 0.5, 1.5], sentAfter);
        Assert.Equal(1, network.Requests);
        Assert.False(sending.IsCompleted);
        release.SetResult();
        await _time.RunAsync(sending, "sending");
        Assert.Equal(1, (await sending)[0].LastPosition);

        Task Arrive(StepRequest request)
        {
            sentAfter.Add(_time.GetElapsedTime(start).TotalSeconds);
            if (sentAfter.Count == 3)
                third.SetResult();
            return release.Task;
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Task<StreamSession> OpenAsync(
        FakeStream stream, ulong session, long position = 0, long durable = 0, ulong? history = null,
        StreamMode mode = StreamMode.Durable, bool takeOver = false, int window = 100) =>
        OpenAsync(new FakeNetwork(stream, _time, 0, 0), session, position, durable, history, mode, takeOver, window);

    private Task<StreamSession> OpenAsync(
        FakeNetwork network, ulong session, long position = 0, long durable = 0, ulong? history = null,
        StreamMode mode = StreamMode.Durable, bool takeOver = false, int window = 100) =>
        new LstmClient(network.Factory(), new RetryPolicy { Time = _time }).OpenSessionAsync(FakeStream.Key, "m", new StreamSessionOptions
        {
            Incarnation = 7,
            Session = session,
            Position = position,
            DurablePosition = durable,
            History = history,
            Mode = mode,
            TakeOver = takeOver,
            WindowEvents = window,
        }, Cancellation);

    /// <summary>Writes events and reads until their answers are there.</summary>
    private static async Task<List<AnswerBatch>> SendAsync(StreamSession session, long first, long last)
    {
        for (long position = first; position <= last; position++)
            await session.WriteAsync(TransactionalProducer.Input(position), Cancellation);
        return await ReadAsync(session, last);
    }

    private static Task<List<AnswerBatch>> ReadAsync(StreamSession session, long last) => ReadUntilAsync(session, last, Cancellation);

    private static async Task<List<AnswerBatch>> ReadUntilAsync(StreamSession session, long last, CancellationToken stop)
    {
        var batches = new List<AnswerBatch>();
        await foreach (var batch in session.AnswersAsync(stop))
        {
            batches.Add(batch);
            if (batch.LastPosition >= last)
                break;
        }

        return batches;
    }
}
