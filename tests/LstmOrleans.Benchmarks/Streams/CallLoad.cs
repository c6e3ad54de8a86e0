using System.Diagnostics;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>A generator of calls: so many in flight, never two for one stream; each caller walks through its own share of the streams.</summary>
internal abstract class CallLoad(int callers, int streams)
{
    // Enough callers side by side for the server's largest natural groups.
    private const int OpensInFlight = 500;

    public int Streams { get; } = streams;

    /// <summary>Prepares all streams; false where the server does not know this kind of stream.</summary>
    public async Task<bool> OpenAsync()
    {
        if (!await OpenAsync(0))
            return false;
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, OpensInFlight).Select(async _ =>
        {
            for (int index = Interlocked.Increment(ref next); index < Streams; index = Interlocked.Increment(ref next))
                await OpenAsync(index);
        }));
        return true;
    }

    /// <summary>Calls answered per second.</summary>
    /// <param name="length">How long to call.</param>
    /// <param name="ended">Ends it before.</param>
    public async Task<double> RunAsync(TimeSpan length, CancellationToken ended = default)
    {
        long start = Stopwatch.GetTimestamp();
        long[] counts = await Task.WhenAll(Enumerable.Range(0, Math.Min(callers, Streams)).Select(caller => Task.Run(async () =>
        {
            long count = 0;
            for (int stream = Entry(caller); Stopwatch.GetElapsedTime(start) < length && !ended.IsCancellationRequested; stream = stream + callers < Streams ? stream + callers : caller, count++)
                await CallAsync(stream);
            return count;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    protected virtual Task<bool> OpenAsync(int stream) => Task.FromResult(true);

    protected abstract Task CallAsync(int stream);

    // Rounds are shorter than a walk through very many streams; each begins elsewhere.
    private int Entry(int caller) => caller + (Random.Shared.Next((Streams - caller - 1) / callers + 1) * callers);
}
