using System.Diagnostics;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cli.Load;

/// <summary>One stream of the load: a random walk, an event after the other, and what came back.</summary>
internal sealed class LoadStream
{
    /// <summary>Streams that are opened, or ended, at the same time. More calls would only wait in the servers' queues, and be refused there.</summary>
    public const int CallsAtOnce = 256;

    // Events in memory: enough to fill calls when the rate is not limited, few enough that the time to an answer means something.
    private const int Window = 64;
    private const float StepSize = 0.1f, Bound = 3;

    private static readonly SemaphoreSlim Ends = new(CallsAtOnce);

    private readonly StreamSession _session;
    private readonly LoadMeter _meter;
    private readonly double _rate;
    private readonly Random _random;
    private readonly long[] _written = new long[2 * Window];

    private LoadStream(StreamSession session, LoadMeter meter, double rate, int index) => (_session, _meter, _rate, _random) = (session, meter, rate, new Random(index));

    /// <summary>Opens a stream, or takes it over where it stands.</summary>
    public static async Task<LoadStream> OpenAsync(LstmClient client, LoadOptions options, LoadMeter meter, int index, CancellationToken cancellation)
    {
        string key = $"{options.Prefix}{index}";
        var view = await client.ShowAsync(key, cancellation).ConfigureAwait(false);
        bool isOpen = view.Status == StreamStatus.Ok;
        var identity = new StreamSessionOptions
        {
            Incarnation = isOpen ? view.Incarnation : LstmClient.NewIncarnation(),
            Session = LstmClient.NewIncarnation(),
            Position = isOpen ? view.DurablePosition : 0,
            // A stream keeps what it was opened with.
            Mode = isOpen ? view.Mode : StreamMode.Durable,
            Options = isOpen ? view.Options & (StreamOptions.AnswerOutput | StreamOptions.AllowNonFinite) : StreamOptions.None,
            WindowEvents = Window,
            TakeOver = true,
        };
        return new(await client.OpenSessionAsync(key, options.Model, identity, cancellation).ConfigureAwait(false), meter, options.Rate, index);
    }

    /// <summary>Sends until it is cancelled, then ends its session. A stream that fails is counted, not thrown.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            var writing = WriteAsync(cancellation);
            try
            {
                await foreach (var batch in _session.AnswersAsync(cancellation).ConfigureAwait(false))
                    Note(batch);
            }
            finally
            {
                _session.Complete();
                await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await EndAsync().ConfigureAwait(false);
        }
        catch (LstmException failure)
        {
            _meter.GaveUp(failure.Message);
        }
        finally
        {
            await _session.DisposeAsync().ConfigureAwait(false);
        }
    }

    // The stream is free for others then. One whose server is away stays held; the next run takes it over.
    private async Task EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await Ends.WaitAsync(limit.Token).ConfigureAwait(false);
            try
            {
                await _session.EndAsync(limit.Token).ConfigureAwait(false);
            }
            finally
            {
                Ends.Release();
            }
        }
        catch (Exception exception) when (exception is LstmException or OperationCanceledException)
        {
            // As said above.
        }
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        float[] walk = new float[_session.Stream.InputSize];
        long position = _session.ResumeAfter;
        long start = Stopwatch.GetTimestamp();
        // Not all streams at the same moments.
        double phase = _random.NextDouble();
        for (long sent = 0; ; sent++)
        {
            if (_rate > 0)
            {
                var wait = TimeSpan.FromSeconds((sent + phase) / _rate) - Stopwatch.GetElapsedTime(start);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, cancellation).ConfigureAwait(false);
            }

            for (int i = 0; i < walk.Length; i++)
                walk[i] = Math.Clamp(walk[i] + (((float)_random.NextDouble() - 0.5f) * StepSize), -Bound, Bound);
            Interlocked.Exchange(ref _written[++position % _written.Length], Stopwatch.GetTimestamp());
            await _session.WriteAsync(walk, cancellation).ConfigureAwait(false);
        }
    }

    private void Note(AnswerBatch batch)
    {
        long now = Stopwatch.GetTimestamp();
        _meter.Answered(Enumerable.Range(0, batch.Count).Select(i => Stopwatch.GetElapsedTime(Interlocked.Read(ref _written[(batch.FirstPosition + i) % _written.Length]), now).TotalMilliseconds));
    }
}
