using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Sessions;

/// <summary>What lies between a client and a stream: messages are late, overtake each other, come twice or not at all, and the stream crashes.</summary>
internal sealed class FakeNetwork(FakeStream stream, SimulatedTime time, int seed, double trouble) : IStreamGrain
{
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private StepRequest? _current;
    private bool _currentIsAnswered = true;

    /// <summary>Calls of the producer that is now, each once however often it was sent.</summary>
    public int Requests { get; private set; }

    /// <summary>All that was sent.</summary>
    public int Sent { get; private set; }

    /// <summary>What a call waits for before it arrives.</summary>
    public Func<StepRequest, Task>? Arriving { get; set; }

    /// <summary>How likely the stream writes a checkpoint behind a call.</summary>
    public double Checkpoints { get; init; }

    public IGrainFactory Factory() => OneGrainFactory.Of(this);

    /// <summary>A producer was killed: its calls may still be under way, and the next one has none.</summary>
    public void Forget()
    {
        lock (_lock)
            _currentIsAnswered = true;
    }

    public async Task<StepAnswer> Step(StepRequest request)
    {
        lock (_lock)
        {
            Sent++;
            if (!ReferenceEquals(request, _current))
            {
                Assert.True(_currentIsAnswered, "A second call was sent before the first was answered.");
                (_current, _currentIsAnswered) = (request, false);
                Requests++;
            }
        }

        try
        {
            return await Carry(() => stream.Step(request), request);
        }
        finally
        {
            lock (_lock)
                _currentIsAnswered |= ReferenceEquals(request, _current);
        }
    }

    public Task Submit(StepRequest request, GrainId receiver, long call) => throw new NotSupportedException();

    public Task<OpenAnswer> Open(OpenRequest request) => Carry(() => stream.Open(request));

    public Task<StreamView> Show() => Carry(stream.Show);

    public Task<SessionAnswer> OpenSession(SessionRequest request) => Carry(() => stream.OpenSession(request));

    public Task<SessionAnswer> EndSession(SessionRequest request) => Carry(() => stream.EndSession(request));

    public Task<OperationAnswer> Reset(ResetRequest request) => throw new NotSupportedException();

    public Task<OperationAnswer> Close(CloseRequest request) => throw new NotSupportedException();

    public Task<OperationAnswer> Fork(ForkRequest request) => throw new NotSupportedException();

    public Task<ExportAnswer> Export(ExportRequest request) => throw new NotSupportedException();

    public Task<OperationAnswer> Import(ImportRequest request) => throw new NotSupportedException();

    private async Task<T> Carry<T>(Func<T> call, StepRequest? request = null)
    {
        if (Arriving is { } arriving && request != null)
            await arriving(request);
        await Delay();
        if (Chance(trouble))
            return await Lost<T>();
        if (Chance(trouble / 2))
            stream.Crash();
        if (request != null && Chance(trouble / 2))
            return (T)(object)new StepAnswer { Status = Chance(0.5) ? StreamStatus.Overloaded : StreamStatus.NotNow };
        var answer = call();
        if (Chance(trouble))
            _ = Again();
        if (Chance(trouble / 2))
            stream.Crash();
        if (Chance(Checkpoints))
            stream.Checkpoint();
        await Delay();
        return Chance(trouble) ? await Lost<T>() : answer;

        // Delivered a second time, seconds later: whatever the stream does with it, nobody hears of it.
        async Task Again()
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Next(5000)), time);
            call();
        }
    }

    private async Task<T> Lost<T>()
    {
        await Task.Delay(ResponseTimeout, time);
        throw new TimeoutException("No response.");
    }

    /// <summary>Mostly short, sometimes longer than the client waits before it sends again.</summary>
    private Task Delay() => trouble == 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(Chance(0.1) ? Next(3000) : Next(20)), time);

    private bool Chance(double probability)
    {
        lock (_lock)
            return _random.NextDouble() < probability;
    }

    private int Next(int below)
    {
        lock (_lock)
            return _random.Next(below);
    }
}
