using System.Globalization;
using LstmOrleans.Benchmarks.Streams;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Benchmarks.Telemetry;

/// <summary>Streams at full load while the server's telemetry is turned on and off in short slices, in one process.</summary>
/// <remarks>
/// The load never pauses. A pair is some slices with telemetry (<em>on</em>), as many without (<em>off</em>), and as many without once more (<em>control</em>), in an
/// order that is the same forwards and backwards: what drifts over a few seconds falls on all alike. Control to off is what this measurement cannot tell from nothing.
/// A server is scraped and exports so seldom that a slice, in which it happened once, would show it many times too large: that is measured for itself.
/// </remarks>
internal sealed class TelemetryRun(TelemetrySettings settings)
{
    public const int On = 0, Off = 1, Control = 2, States = 3;

    // After a switch: connections, first use of code.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    // What runs once at each switch is compiled anew when it has run thirty times; that belongs to no slice.
    private const int FirstSwitches = 40;

    // Of scrapes and of exports whose processor time is measured.
    private const int Collections = 40;

    private readonly List<TelemetryReading[]> _pairs = [];

    /// <summary>Of each pair, the sums of its slices by state.</summary>
    public IReadOnlyList<TelemetryReading[]> Pairs => _pairs;

    /// <summary>Bytes that came to the collector.</summary>
    public long ToldBytes { get; private set; }

    /// <summary>Bytes of the last look at <c>/metrics</c>.</summary>
    public long ScrapedBytes { get; private set; }

    /// <summary>Processor time of the server for one look at <c>/metrics</c>, and for one export of all that is told; seconds.</summary>
    public (double Scrape, double Export) Collecting { get; private set; }

    public async Task MeasureAsync(CancellationToken cancellation)
    {
        await using var sink = await OtlpSink.StartAsync(cancellation);
        for (int server = 0; server < settings.Servers; server++)
            await MeasureServerAsync(sink, settings.Pairs / settings.Servers + (server < settings.Pairs % settings.Servers ? 1 : 0), cancellation);
        ToldBytes = sink.Bytes;
    }

    private async Task MeasureServerAsync(OtlpSink sink, int pairs, CancellationToken cancellation)
    {
        await using var server = await BenchmarkServer.StartAsync(["Lstm:Telemetry:Prometheus=false"], cancellation);
        var probe = server.Client.GetGrain<ITelemetryProbeGrain>(0);
        var load = new StreamLoad(server.Client, server.Paths.First, StreamsSettings.Callers, StreamsSettings.Callers, settings.Mode);
        await load.OpenAsync();
        for (int time = 0; time < FirstSwitches; time++)
        {
            string metrics = await probe.TurnOn(sink.Address);
            await ScrapeAsync(metrics, cancellation);
            await probe.Tell();
            await probe.TurnOff();
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = load.RunAsync(TimeSpan.MaxValue, ended.Token);
        foreach (int state in (int[])[Off, On, Off, On])
            await MeasureSliceAsync(state, WarmUp);
        for (int pair = 0; pair < pairs; pair++)
        {
            var sums = new TelemetryReading[States];
            foreach (int state in Order(_pairs.Count))
                sums[state] += await MeasureSliceAsync(state, settings.Slice);
            _pairs.Add(sums);
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"pair {_pairs.Count}: on {Text(sums[On])}, off {Text(sums[Off])}, control {Text(sums[Control])}"));
        }

        await ended.CancelAsync();
        await running;
        string address = await probe.TurnOn(sink.Address);
        Collecting = (await CpuOfAsync(() => ScrapeAsync(address, cancellation)), await CpuOfAsync(probe.Tell));
        await probe.TurnOff();

        async Task<TelemetryReading> MeasureSliceAsync(int state, TimeSpan length)
        {
            if (state == On)
                await probe.TurnOn(sink.Address);
            await Task.Delay(Settle, cancellation);
            var before = await probe.Read();
            await Task.Delay(length, cancellation);
            var used = await probe.Read() - before;
            if (state == On)
                await probe.TurnOff();
            return used;
        }

        async Task<double> CpuOfAsync(Func<Task> collect)
        {
            var before = await probe.Read();
            for (int time = 0; time < Collections; time++)
                await collect();
            return (await probe.Read() - before).CpuSeconds / Collections;
        }
    }

    private async Task ScrapeAsync(string metrics, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        ScrapedBytes = (await http.GetByteArrayAsync(new Uri(metrics), cancellation)).Length;
    }

    /// <summary>Whose turn it is: there and back, each time another one first.</summary>
    private static IEnumerable<int> Order(int pair)
    {
        for (int block = 0; block < 2; block++)
        {
            int[] there = [.. Enumerable.Range(0, States).Select(place => (place + pair + block) % States)];
            foreach (int state in there.Concat(there.Reverse()))
                yield return state;
        }
    }

    private static string Text(TelemetryReading sum) => string.Create(CultureInfo.InvariantCulture, $"{sum.PerSecond:n0} /s {sum.CpuMicroseconds:f2} us");
}

/// <summary>How the <c>telemetry</c> benchmark measures.</summary>
/// <param name="Pairs">Pairs of all servers.</param>
/// <param name="Servers">Server processes, one after the other.</param>
/// <param name="Slice">Length of a slice; a pair has four of each state.</param>
/// <param name="Mode">Of the streams.</param>
internal sealed record TelemetrySettings(int Pairs, int Servers, TimeSpan Slice, StreamMode Mode);
