using System.Diagnostics;
using System.Globalization;
using LstmOrleans.Client;

namespace LstmOrleans.Cli.Load;

/// <summary>Random walks through many streams, and a line a second that says how many events were answered.</summary>
internal static class LoadRun
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Runs for the time asked for, or until it is cancelled, which is a clean end too.</summary>
    /// <exception cref="CommandException">Every stream failed.</exception>
    public static async Task RunAsync(LstmClient client, LoadOptions options, Action<string> say, CancellationToken cancellation)
    {
        var meter = new LoadMeter();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            var streams = await OpenAsync(client, options, meter, say, cancellation).ConfigureAwait(false);
            say($"{options.Streams} streams of model '{options.Model}' are open.");
            long start = Stopwatch.GetTimestamp();
            end.CancelAfter(options.Duration);
            var work = Task.WhenAll(streams.Select(stream => Task.Run(() => stream.RunAsync(end.Token), CancellationToken.None)));
            for (long last = start; await Task.WhenAny(work, Task.Delay(Period, CancellationToken.None)).ConfigureAwait(false) != work;)
            {
                long now = Stopwatch.GetTimestamp();
                say(meter.Line(options.Streams, Stopwatch.GetElapsedTime(start, now), Stopwatch.GetElapsedTime(last, now)));
                last = now;
            }

            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            say(string.Create(CultureInfo.InvariantCulture, $"{meter.Events} events of {options.Streams} streams in {seconds:0.0} s, {meter.Events / seconds:0} events/s, each durable before it was answered."));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            say("Stopped before the streams were open.");
        }

        if (meter.Failed > 0)
            throw new CommandException($"{meter.Failed} of {options.Streams} streams failed, the first for this reason: {meter.Reason}");
    }

    private static async Task<LoadStream[]> OpenAsync(LstmClient client, LoadOptions options, LoadMeter meter, Action<string> say, CancellationToken cancellation)
    {
        var streams = new LoadStream[options.Streams];
        int open = 0;
        var opening = Parallel.ForEachAsync(
            Enumerable.Range(0, options.Streams), new ParallelOptions { MaxDegreeOfParallelism = LoadStream.CallsAtOnce, CancellationToken = cancellation }, async (index, stop) =>
            {
                streams[index] = await LoadStream.OpenAsync(client, options, meter, index, stop).ConfigureAwait(false);
                Interlocked.Increment(ref open);
            });
        while (await Task.WhenAny(opening, Task.Delay(Period, CancellationToken.None)).ConfigureAwait(false) != opening)
            say($"{Volatile.Read(ref open)} of {options.Streams} streams are open.");
        await opening.ConfigureAwait(false);
        return streams;
    }
}
