using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Faults.Producers;

/// <summary>All producers and readers of a run.</summary>
internal sealed class ProducerFleet
{
    private readonly ProducerContext _context;
    private readonly CancellationTokenSource _end;
    private readonly Life[] _lives;
    private readonly TaskCounter _extras = new();
    private readonly TaskCounter _beside = new();
    private readonly List<Task> _others = [];
    private long _besideAnswers;

    public ProducerFleet(ProducerContext context, CancellationToken cancellation)
    {
        _context = context;
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _lives = [.. Enumerable.Range(0, context.Options.Streams).Select(_ => new Life())];
    }

    /// <summary>Opens every stream; repeats until it is open.</summary>
    public async Task OpenAsync(CancellationToken cancellation)
    {
        foreach (int[] chunk in Enumerable.Range(0, _lives.Length).Chunk(64))
            await Task.WhenAll(chunk.Select(stream => OpenAsync(stream, cancellation)));
    }

    /// <summary>Opens streams that nobody sends to, once; what comes of it does not matter.</summary>
    public Task OpenOthersAsync(int count, Random random, CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => (Key: $"other-{random.NextInt64():x16}", Incarnation: (ulong)random.NextInt64(1, long.MaxValue))).ToArray().Select(async other =>
        {
            try
            {
                var answer = await _context.Connection.Stream(other.Key)
                    .Open(new OpenRequest { Key = other.Key, Incarnation = other.Incarnation, Model = FaultModel.Name }).WaitAsync(TimeSpan.FromSeconds(2), cancellation);
                if (answer.Status == StreamStatus.StorageRefused)
                    _context.Counters.AddRefusedByStore();
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                // Not these streams' day.
            }
        }));

    public void Start()
    {
        for (int stream = 0; stream < _lives.Length; stream++)
            Start(stream);
        for (int reader = 0; reader < 4; reader++)
            _others.Add(ReadAsync(reader));
    }

    /// <summary>Kills producers: their tasks and all they knew are gone.</summary>
    public async Task KillAsync(IReadOnlyList<int> streams)
    {
        foreach (int stream in streams)
            await _lives[stream].Cancellation!.CancelAsync();
        await Task.WhenAll(streams.Select(stream => _lives[stream].Task));
    }

    /// <summary>Starts killed producers from what their own database has.</summary>
    public async Task ResumeAsync(IReadOnlyList<int> streams)
    {
        // What a dead process had handed to its database is either in it or lost when the next one starts; so nothing may still wait there.
        await _context.Outputs.FlushAsync();
        foreach (int stream in streams)
            Start(stream);
    }

    /// <summary>Runs a second producer, of other events, on each of some streams for a while.</summary>
    public async Task RunSecondAsync(IReadOnlyList<int> streams, TimeSpan length, CancellationToken cancellation)
    {
        long end = Environment.TickCount64 + (long)length.TotalMilliseconds;
        await Task.WhenAll(streams.Select(stream => new SecondProducer(_context, stream).RunAsync(end, cancellation)));
    }

    /// <summary>Streams that live on the silo with this port.</summary>
    public async Task<IReadOnlyList<int>> StreamsOnAsync(int siloPort, Func<int, bool> among, CancellationToken cancellation)
    {
        bool[] there = await Task.WhenAll(Enumerable.Range(0, _lives.Length).Select(async stream =>
            among(stream) && await new StreamCalls(_context, stream).LivesOnAsync(siloPort, cancellation)));
        return [.. Enumerable.Range(0, _lives.Length).Where(stream => there[stream])];
    }

    /// <summary>Sends the next event of streams once, whatever comes of it.</summary>
    public void StepOnce(IReadOnlyList<int> streams)
    {
        foreach (int stream in streams)
            _extras.Run(new StreamCalls(_context, stream).SendExtraAsync(_context.Ledgers[stream].Acknowledged + 1, 1, _end.Token));
    }

    /// <summary>A client beside the producers: steps, repeats and reads of some streams over a connection of its own, until all its calls have ended.</summary>
    /// <param name="streams">Which.</param>
    /// <param name="before">Where each stream stood when its silo stopped.</param>
    /// <param name="connection">Its own.</param>
    /// <param name="length">For how long at most.</param>
    public void RunBeside(IReadOnlyList<int> streams, IReadOnlyList<long> before, ClusterConnection connection, TimeSpan length)
    {
        long start = Environment.TickCount64;
        foreach (int stream in streams)
            _beside.Run(BesideAsync(new StreamCalls(_context, stream, connection), stream, before[stream], start + (long)length.TotalMilliseconds));
    }

    public Task BesideEndsAsync() => _beside.EndAsync(TimeSpan.FromSeconds(40));

    /// <returns>Reads of <see cref="RunBeside"/> that were answered, be it with a refusal.</returns>
    public long TakeBesideAnswers() => Interlocked.Exchange(ref _besideAnswers, 0);

    /// <summary>Reads streams, each until it is answered.</summary>
    /// <returns>Streams that were.</returns>
    public async Task<int> ReadAllAsync(IReadOnlyList<int> streams, TimeSpan deadline, CancellationToken cancellation)
    {
        long end = Environment.TickCount64 + (long)deadline.TotalMilliseconds;
        bool[] read = await Task.WhenAll(streams.Select(async stream =>
        {
            var calls = new StreamCalls(_context, stream);
            while (Environment.TickCount64 < end)
            {
                if (await calls.ReadAsync(cancellation))
                    return true;
                await Task.Delay(100, cancellation);
            }

            return false;
        }));
        return read.Count(done => done);
    }

    /// <summary>Waits until all that was sent is answered.</summary>
    /// <returns>Streams that still wait.</returns>
    public async Task<IReadOnlyList<int>> DrainAsync(TimeSpan deadline)
    {
        _context.Conditions.Drain = true;
        var all = Task.WhenAll(_lives.Select(life => life.Task));
        await Task.WhenAny(all, Task.Delay(deadline));
        int[] waiting = [.. Enumerable.Range(0, _lives.Length).Where(stream => !_lives[stream].Task.IsCompleted)];
        // An extra call that lands later would still be of positions that are applied; but it could be one that proves a fault.
        await _extras.EndAsync(TimeSpan.FromSeconds(20));
        await _end.CancelAsync();
        await Task.WhenAll(_others);
        return waiting;
    }

    /// <summary>Where every stream stands, for <see cref="AllAnsweredAsync"/>.</summary>
    public long[] Standing() => [.. _context.Ledgers.Select(ledger => ledger.HighestAcknowledged)];

    /// <summary>A stream as a person wants to see it that waits for too long.</summary>
    public string Describe(int stream)
    {
        var ledger = _context.Ledgers[stream];
        return $"stream {stream} ({(ProducerContext.HasSession(stream) ? "session" : "no session")}, {ProducerContext.ModeOf(stream)}; sent {ledger.Sent}, acknowledged {ledger.Acknowledged}; "
            + $"its producer {(_lives[stream].Task.IsCompleted ? "has ended" : "runs")}; last problem: {ledger.LastProblem})";
    }

    /// <summary>Waits until every stream was answered since it stood so.</summary>
    /// <returns>Streams that were not.</returns>
    public async Task<IReadOnlyList<int>> AllAnsweredAsync(long[] before, TimeSpan deadline, CancellationToken cancellation)
    {
        long start = Environment.TickCount64;
        while (true)
        {
            int[] waiting = [.. Enumerable.Range(0, _lives.Length).Where(stream => _context.Ledgers[stream].Broken == null && _context.Ledgers[stream].HighestAcknowledged <= before[stream])];
            if (waiting.Length == 0 || Environment.TickCount64 - start > deadline.TotalMilliseconds)
                return waiting;
            await Task.Delay(50, cancellation);
        }
    }

    private void Start(int stream)
    {
        var life = _lives[stream];
        life.Cancellation = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        var token = life.Cancellation.Token;
        int count = life.Count++;
        life.Task = Task.Run(
            () => RunQuietlyAsync(ProducerContext.HasSession(stream) ? new SessionProducer(_context, stream, count).RunAsync(token) : new StreamProducer(_context, stream, count, _extras).RunAsync(token), token),
            CancellationToken.None);
    }

    private async Task BesideAsync(StreamCalls calls, int stream, long before, long end)
    {
        var ledger = _context.Ledgers[stream];
        bool sends = !ProducerContext.HasSession(stream);
        try
        {
            // What a silo that was stopped then takes for the next event, and what it takes for the newest state: some streams one, some the other, first.
            if (sends && stream % 4 == 1)
                await calls.SendAsync(before + 1, 1, TimeSpan.FromSeconds(5), _end.Token);
            for (int failed = 0; Environment.TickCount64 < end && failed < 3;)
            {
                // A read, a repeat of the last event, and the step after it, which the stream's own producer sends too.
                long last = Math.Max(1, ledger.Acknowledged);
                bool answered = await calls.ReadAsync(_end.Token, () => Interlocked.Increment(ref _besideAnswers));
                if (sends)
                    answered |= (await calls.SendAsync(last, 1, TimeSpan.FromSeconds(5), _end.Token)).End == CallEnd.Answered;
                if (sends && ledger.Sent > last)
                    answered |= (await calls.SendAsync(last + 1, 1, TimeSpan.FromSeconds(5), _end.Token)).End == CallEnd.Answered;
                failed = answered ? 0 : failed + 1;
                await Task.Delay(20, _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private static async Task RunQuietlyAsync(Task producer, CancellationToken cancellation)
    {
        try
        {
            await producer;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Killed, or the run is over.
        }
    }

    private async Task ReadAsync(int reader)
    {
        var random = new Random(HashCode.Combine(_context.Options.Seed, -1 - reader));
        try
        {
            while (!_end.IsCancellationRequested)
            {
                await new StreamCalls(_context, random.Next(_lives.Length)).ReadAsync(_end.Token);
                await Task.Delay(20, _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private async Task OpenAsync(int stream, CancellationToken cancellation)
    {
        var events = _context.Events(stream);
        var request = new OpenRequest { Key = events.Key, Incarnation = events.Incarnation, Model = FaultModel.Name, Mode = ProducerContext.ModeOf(stream) };
        for (int tries = 0; ; tries++)
        {
            string problem;
            try
            {
                var answer = await _context.Connection.Stream(events.Key).Open(request).WaitAsync(TimeSpan.FromSeconds(5), cancellation);
                if (answer.Status == StreamStatus.Ok)
                    return;
                problem = $"{answer.Status}: {answer.Detail}";
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                problem = exception.Message;
            }

            if (tries == 20)
                throw new InvalidOperationException($"Stream {stream} cannot be opened: {problem}");
            await Task.Delay(200, cancellation);
        }
    }

    private sealed class Life
    {
        public CancellationTokenSource? Cancellation { get; set; }

        public Task Task { get; set; } = Task.CompletedTask;

        /// <summary>Producers this stream has had.</summary>
        public int Count { get; set; }
    }
}
