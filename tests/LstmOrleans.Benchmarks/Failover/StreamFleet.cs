using System.Diagnostics;
using LstmOrleans.Benchmarks.Streams;
using LstmOrleans.Client;

namespace LstmOrleans.Benchmarks.Failover;

/// <summary>Streams with a session each that send one event after the other at a steady pace, and remember when answers came.</summary>
internal sealed class StreamFleet : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LstmConnection _connection;
    private readonly CancellationTokenSource _stop = new();
    private readonly long[] _last;
    private readonly long[] _longest;
    private readonly StreamSession[] _sessions;
    private Task _running = Task.CompletedTask;
    private long _from;
    private long _answers;
    private long _failed;

    private StreamFleet(LstmConnection connection, StreamSession[] sessions)
    {
        (_connection, _sessions) = (connection, sessions);
        (_last, _longest) = (new long[sessions.Length], new long[sessions.Length]);
    }

    /// <summary>Events that were answered.</summary>
    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>Sessions that ended by an error, after all their retries.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>The first reason why a session failed.</summary>
    public string? Reason { get; private set; }

    public static async Task<StreamFleet> StartAsync(int streams, CancellationToken cancellation)
    {
        var retry = new RetryPolicy { ResendAfter = TimeSpan.FromMilliseconds(500) };
        var connection = await LstmConnection.ConnectAsync(null, Patience, retry, cancellation);
        var sessions = await Task.WhenAll(Enumerable.Range(0, streams).Select(index => connection.Client.OpenSessionAsync(
            $"failover-{index}", BenchmarkModel.Name, new StreamSessionOptions { Incarnation = LstmClient.NewIncarnation(), Session = LstmClient.NewIncarnation() }, cancellation)));
        var fleet = new StreamFleet(connection, sessions);
        fleet.Begin();
        fleet._running = Task.WhenAll(Enumerable.Range(0, streams).Select(index => Task.Run(() => fleet.DriveAsync(index), CancellationToken.None)));
        // What is compiled on the way and opened for the first time is no pause.
        await Task.Delay(TimeSpan.FromSeconds(10), cancellation);
        return fleet;
    }

    /// <summary>From now on pauses are measured.</summary>
    public void Begin()
    {
        long now = Stopwatch.GetTimestamp();
        for (int i = 0; i < _last.Length; i++)
        {
            Interlocked.Exchange(ref _longest[i], 0);
            Interlocked.Exchange(ref _last[i], now);
        }

        Interlocked.Exchange(ref _from, now);
    }

    /// <summary>The longest time without an answer, of each stream, since <see cref="Begin"/>; one that still lasts counts.</summary>
    public TimeSpan[] Pauses()
    {
        long now = Stopwatch.GetTimestamp();
        return [.. _last.Select((last, i) => Stopwatch.GetElapsedTime(0, Math.Max(Interlocked.Read(ref _longest[i]), now - Interlocked.Read(ref _last[i]))))];
    }

    /// <summary>Streams that have had no answer for a time.</summary>
    public int Silent(TimeSpan time)
    {
        int count = 0;
        for (int i = 0; i < _last.Length; i++)
            count += Stopwatch.GetElapsedTime(Interlocked.Read(ref _last[i])) > time ? 1 : 0;
        return count;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        foreach (var session in _sessions)
            await session.DisposeAsync();
        await _connection.DisposeAsync();
        _stop.Dispose();
    }

    private async Task DriveAsync(int index)
    {
        var random = new Random(index);
        float[] input = new float[BenchmarkModel.InputSize];
        var session = _sessions[index];
        try
        {
            // Not all at the same moments.
            await Task.Delay(Pace * random.NextDouble(), _stop.Token);
            await session.WriteAsync(input, _stop.Token);
            await foreach (var _ in session.AnswersAsync(_stop.Token))
            {
                Note(index);
                await Task.Delay(Pace, _stop.Token);
                input[0] = random.NextSingle();
                await session.WriteAsync(input, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            Interlocked.Increment(ref _failed);
            Reason ??= exception.Message;
        }
    }

    private void Note(int index)
    {
        Interlocked.Increment(ref _answers);
        long now = Stopwatch.GetTimestamp();
        long pause = now - Interlocked.Exchange(ref _last[index], now);
        if (pause > Interlocked.Read(ref _longest[index]))
            Interlocked.Exchange(ref _longest[index], pause);
    }
}
