using System.Globalization;
using LstmOrleans.Benchmarks.Streams;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Benchmarks.Telemetry;

/// <summary>Durable streams at full load, on a server that tells everything and on one that tells nothing, in turns.</summary>
/// <remarks>
/// Two processes of one program differ by themselves (what the JIT saw first, where memory lies). So a third one, which tells nothing either, takes part: its ratio
/// to the second is what this measurement cannot tell from nothing.
/// </remarks>
internal sealed class TelemetryRun(int pairs, TimeSpan round)
{
    private static readonly TimeSpan ScrapePeriod = TimeSpan.FromSeconds(5);

    public IReadOnlyList<StreamsCase> Cases { get; private set; } = [];

    public StreamsCase On => Cases[0];

    public StreamsCase Off => Cases[1];

    public StreamsCase Control => Cases[2];

    /// <summary>Bytes that came to the collector.</summary>
    public long ToldBytes { get; private set; }

    /// <summary>Bytes of the last look at <c>/metrics</c>.</summary>
    public long ScrapedBytes { get; private set; }

    public async Task MeasureAsync(CancellationToken cancellation)
    {
        await using var sink = await OtlpSink.StartAsync(cancellation);
        int http = FreePorts.One();
        string[] silent = ["Lstm:Telemetry:Prometheus=false"];
        await using var on = await BenchmarkServer.StartAsync(
            [$"OTEL_EXPORTER_OTLP_ENDPOINT={sink.Address}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", $"{StreamsServer.HttpPort}={http}"], cancellation);
        await using var off = await BenchmarkServer.StartAsync(silent, cancellation);
        await using var control = await BenchmarkServer.StartAsync(silent, cancellation);
        Cases = [Case("on", on), Case("off", off), Case("control", control)];
        foreach (var one in Cases)
        {
            await one.PrepareAsync();
            await one.WarmUpAsync();
            await one.WarmUpAsync();
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var scraping = ScrapeAsync(http, ended.Token);
        for (int pair = 0; pair < pairs; pair++)
        {
            // Whoever comes first may find the machine warmer or colder.
            foreach (var one in pair % 2 == 0 ? Cases : Cases.Reverse())
            {
                cancellation.ThrowIfCancellationRequested();
                await one.MeasureAsync();
            }

            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"pair {pair + 1}: on {On.Rounds[^1].PerSecond:n0} /s, off {Off.Rounds[^1].PerSecond:n0} /s, control {Control.Rounds[^1].PerSecond:n0} /s"));
        }

        await ended.CancelAsync();
        await scraping;
        ToldBytes = sink.Bytes;
    }

    /// <summary>The ratios of one case's rate to that of the silent server, pair by pair, in order of size.</summary>
    public double[] Ratios(StreamsCase one) => [.. one.Rounds.Zip(Off.Rounds, (mine, off) => mine.PerSecond / off.PerSecond).Order()];

    private StreamsCase Case(string name, BenchmarkServer server) =>
        StreamsCase.Of(name, server, new StreamLoad(server.Client, StreamsSettings.Callers, StreamsSettings.Callers, StreamMode.Durable), round);

    private async Task ScrapeAsync(int port, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        using var timer = new PeriodicTimer(ScrapePeriod);
        try
        {
            do
                ScrapedBytes = (await http.GetByteArrayAsync(new Uri($"http://127.0.0.1:{port}/metrics"), cancellation)).Length;
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException)
        {
            // The measurement has ended.
        }
    }
}
