using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>
/// <c>streams</c>: acknowledged durable events per second on the SQLite store, and echo calls per second, taken in turns in one run. One server
/// process, this process generates over loopback on the same machine: one event a call, one call in flight per stream.
/// </summary>
internal static class StreamsBenchmark
{
    public const int InputSize = 32;
    public const int HiddenSize = 64;
    private const string ModelName = "bench";

    public static Command Create()
    {
        var streams = new Option<int>("--streams") { Description = "Streams, each with one call in flight.", DefaultValueFactory = _ => 1_000 };
        var seconds = new Option<double>("--seconds") { Description = "Length of one round.", DefaultValueFactory = _ => 5 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds of each kind, in turns; medians are printed.", DefaultValueFactory = _ => 5 };
        var json = new Option<FileInfo?>("--json") { Description = "Also write the figures as JSON." };
        var command = new Command("streams", "Durable events/s on the SQLite store against echo calls/s, in one run.") { streams, seconds, rounds, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await RunAsync(parsed.GetValue(streams), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(rounds), parsed.GetValue(json), cancellation);
            return 0;
        });
        return command;
    }

    private static async Task RunAsync(int streams, TimeSpan round, int rounds, FileInfo? json, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("lstm-streams-benchmark-");
        try
        {
            new ModelDirectory(Path.Combine(folder.FullName, "models")).Add(RandomModel(), ModelName);
            int gateway = FreePort();
            using var server = await StartServer(folder.FullName, FreePort(), gateway, cancellation);
            using var host = await ConnectAsync(gateway, cancellation);
            var load = new Load(host.Services.GetRequiredService<IClusterClient>(), streams);
            await load.OpenAsync(ModelName);

            Console.WriteLine($"I {InputSize}, H {HiddenSize}, {streams} streams, one event a call, one call in flight per stream; {Environment.ProcessorCount} cores for server and generator");
            // The first seconds belong to the JIT.
            await load.RunAsync(load.EchoAsync, round * 2);
            await load.RunAsync(load.StepAsync, round * 2);
            List<double> echo = [], durable = [];
            for (int index = 0; index < rounds; index++)
            {
                echo.Add(await load.RunAsync(load.EchoAsync, round));
                durable.Add(await load.RunAsync(load.StepAsync, round));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {index + 1}: echo {echo[^1]:n0} calls/s, durable {durable[^1]:n0} events/s"));
            }

            double ratio = Median(echo.Zip(durable, (e, d) => d / e));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""

                | what | median /s | of the echo call |
                |---|---|---|
                | echo call: same bytes, no LSTM, no store | {Median(echo):n0} | 1 |
                | durable event on SQLite, acknowledged | {Median(durable):n0} | {ratio:f2} |
                """));
            if (json != null)
            {
                await File.WriteAllTextAsync(json.FullName, JsonSerializer.Serialize(new { streams, echo, durable, echoMedian = Median(echo), durableMedian = Median(durable), ratio }), cancellation);
            }

            server.StandardInput.Close();
            await server.WaitForExitAsync(cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static LstmParameters RandomModel()
    {
        var random = new Random(1);
        var shape = new LstmShape { InputSize = InputSize, HiddenSize = HiddenSize };
        return new LstmParameters(shape, [new LayerParameters(Draw(4 * HiddenSize * InputSize), Draw(4 * HiddenSize * HiddenSize), Draw(4 * HiddenSize), Draw(4 * HiddenSize), null)]);

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5) / 4)];
    }

    private static async Task<Process> StartServer(string data, int siloPort, int gatewayPort, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
            start.ArgumentList.Add(typeof(StreamsBenchmark).Assembly.Location);
        foreach (string argument in new[] { StreamsServer.Name, data, siloPort.ToString(CultureInfo.InvariantCulture), gatewayPort.ToString(CultureInfo.InvariantCulture) })
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            if (line == StreamsServer.Ready)
                return process;
        }

        throw new InvalidOperationException("The server process ended before it was ready; see its message above.");
    }

    private static async Task<IHost> ConnectAsync(int gatewayPort, CancellationToken cancellation)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client.UseLocalhostClustering(gatewayPort, serviceId: "lstm", clusterId: "lstm"));
        var host = builder.Build();
        await host.StartAsync(cancellation);
        return host;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>All streams side by side; each sends its next event when the last one was answered.</summary>
    private sealed class Load(IClusterClient client, int streams)
    {
        private readonly IStreamGrain[] _grains = [.. Enumerable.Range(0, streams).Select(index => client.GetGrain<IStreamGrain>(Key(index)))];
        private readonly IEchoGrain[] _echoes = [.. Enumerable.Range(0, streams).Select(index => client.GetGrain<IEchoGrain>(Key(index)))];
        private readonly long[] _positions = new long[streams];
        private readonly byte[] _input = new byte[InputSize * sizeof(float)];

        public async Task OpenAsync(string model)
        {
            foreach (var chunk in Enumerable.Range(0, _grains.Length).Chunk(100))
            {
                await Task.WhenAll(chunk.Select(async index =>
                {
                    var answer = await _grains[index].Open(new OpenRequest { Key = Key(index), Incarnation = 1, Model = model });
                    if (answer.Status != StreamStatus.Ok)
                        throw new InvalidOperationException(answer.Detail);
                }));
            }
        }

        public Task<StepAnswer> StepAsync(int stream) => _grains[stream].Step(Request(stream));

        public Task<StepAnswer> EchoAsync(int stream) => _echoes[stream].Echo(Request(stream));

        /// <summary>Calls answered per second.</summary>
        public async Task<double> RunAsync(Func<int, Task<StepAnswer>> call, TimeSpan length)
        {
            bool durable = call == StepAsync;
            long start = Stopwatch.GetTimestamp();
            long[] counts = await Task.WhenAll(Enumerable.Range(0, _grains.Length).Select(stream => Task.Run(async () =>
            {
                long count = 0;
                for (; Stopwatch.GetElapsedTime(start) < length; count++)
                {
                    var answer = await call(stream);
                    if (!durable)
                        continue;
                    if (answer.Status != StreamStatus.Ok || answer.DurablePosition != _positions[stream] + 1)
                        throw new InvalidOperationException($"Stream {stream}: {answer.Status} at {answer.Position}. {answer.Detail}");
                    _positions[stream]++;
                }

                return count;
            })));
            return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        private StepRequest Request(int stream) => new()
        {
            Key = Key(stream),
            Incarnation = 1,
            FirstPosition = _positions[stream] + 1,
            Count = 1,
            Inputs = _input,
        };

        private static string Key(int index) => string.Create(CultureInfo.InvariantCulture, $"stream-{index}");
    }
}
