using System.CommandLine;
using System.Text.Json;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>
/// <c>streams</c>: acknowledged events per second against empty calls, echo calls and raw rows of the store, in turns in one run. One server
/// process; this process generates over loopback on the same machine.
/// </summary>
internal static class StreamsBenchmark
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static Command Create()
    {
        var streams = new Option<int>("--streams") { Description = "Open streams of the second part; 0 = leave it out.", DefaultValueFactory = _ => 100_000 };
        var seconds = new Option<double>("--seconds") { Description = "Length of one round.", DefaultValueFactory = _ => 5 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds of each case, in turns; medians are printed.", DefaultValueFactory = _ => 5 };
        var quick = new Option<bool>("--quick") { Description = "Few short rounds and no second part: shows that it works, not how fast." };
        var only = Names("--only", "Only cases of these names, such as 'echo call' 'durable'.");
        var redis = Names("--redis",
            "Settings of a second server whose store is a Redis server, each Name=Value, such as Orleans:GrainStorage:streams:ProviderType=Redis. Without them a Garnet is started.");
        var server = Names("--server", "Further settings of the servers, each Name=Value.");
        var environment = Names("--environment", "Environment variables of the servers, such as settings of the runtime, each NAME=value.");
        var json = new Option<FileInfo?>("--json") { Description = "Also write the figures as JSON." };
        var command = new Command("streams", "Acknowledged events/s of streams against echo calls/s, in one run.") { streams, seconds, rounds, quick, only, redis, server, environment, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            bool brief = parsed.GetValue(quick);
            var run = new StreamsRun(new StreamsSettings
            {
                Round = brief ? TimeSpan.FromSeconds(2) : TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                Rounds = brief ? 2 : parsed.GetValue(rounds),
                ManyStreams = brief ? 0 : parsed.GetValue(streams),
                RedisSettings = parsed.GetValue(redis)!,
                Only = parsed.GetValue(only)!,
                ServerSettings = parsed.GetValue(server)!,
                Environment = parsed.GetValue(environment)!,
            });
            await run.MeasureAsync(cancellation);
            Console.Write(StreamsReport.ToMarkdown(run));
            if (parsed.GetValue(json) is { } file)
                await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(StreamsReport.ToJson(run), Indented), cancellation);
            return 0;
        });
        return command;
    }

    private static Option<string[]> Names(string name, string description) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
}
