using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Catalogue;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary><c>lstm stream list</c>: the streams of the store.</summary>
internal static class StreamListCommand
{
    private const string Notes = """
        Streams come in the order of their keys. Positions are durable ones. A closed stream is listed while its tombstone stays.

        Examples:
          lstm stream list --prefix pump- --limit 20
          lstm stream list --json | jq -r .stream
          lstm stream list --count
        """;

    public static Command Create()
    {
        // Not as ordinary text: the empty prefix is all streams.
        var prefix = new Option<string>("--prefix")
        {
            Description = "Only keys that begin with this.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "",
        };
        var limit = new Option<long?>("--limit")
        {
            Description = "Most streams. Default: all.",
            HelpName = "N",
        };
        var json = new Option<bool>("--json")
        {
            Description = "One JSON object per line.",
        };
        var count = new Option<bool>("--count")
        {
            Description = "Count all streams by model instead; reads every record's head.",
        };
        var server = new ServerOptions();
        var command = new DocumentedCommand("list", "List streams.", Notes) { prefix, limit, json, count };
        command.Validators.Add(given =>
        {
            if (given.GetValue(limit) < 1)
                given.AddError($"--limit is {given.GetValue(limit)}; it must be at least 1.");
            if (given.GetValue(count) && (given.GetValue(limit) is not null || !string.IsNullOrEmpty(given.GetValue(prefix))))
                given.AddError("--count counts all streams; leave out --prefix and --limit.");
        });
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            await using var connection = await server.ConnectAsync(parsed, cancellation);
            await using var output = new StreamWriter(StandardOutput.Open(), new UTF8Encoding(false));
            if (parsed.GetValue(count))
                await CountAsync(connection.Client, output, parsed.GetValue(json), cancellation);
            else
                await ListAsync(connection.Client, output, parsed.GetValue(prefix)!, parsed.GetValue(limit), parsed.GetValue(json), cancellation);
        }));
        return command;
    }

    private static async Task ListAsync(LstmClient client, TextWriter output, string prefix, long? limit, bool json, CancellationToken cancellation)
    {
        // Lines as they come, in columns whose widths need no look ahead: a million streams are not held in memory for a table.
        if (!json)
            await output.WriteLineAsync($"{"POSITION",12} {"STATUS",-8} {"MODE",-12} {"LAST EVENT",-24} {"MODEL",-12} {"INCARNATION",-16} STREAM");
        long left = limit ?? long.MaxValue;
        await foreach (var entry in client.ListAsync(prefix, cancellation))
        {
            await output.WriteLineAsync(json ? Json(entry) : Text(entry));
            if (--left == 0)
                return;
        }
    }

    private static async Task CountAsync(LstmClient client, TextWriter output, bool json, CancellationToken cancellation)
    {
        var counts = await client.CountByModelAsync(cancellation);
        var open = counts.Open.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal);
        if (json)
        {
            foreach (var (model, streams) in open)
                await output.WriteLineAsync(JsonSerializer.Serialize(new CountLine(model, streams), StreamJson.Default.CountLine));
            await output.WriteLineAsync(JsonSerializer.Serialize(new ClosedLine(counts.Closed), StreamJson.Default.ClosedLine));
            return;
        }

        await output.WriteLineAsync($"{"STREAMS",12} MODEL");
        foreach (var (model, streams) in open)
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{streams,12} {model}"));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{counts.Closed,12} (closed)"));
    }

    private static string Text(CatalogueEntry entry) => string.Create(CultureInfo.InvariantCulture,
        $"{entry.Position,12} {entry.Status,-8} {entry.Mode,-12} {StreamText.Time(entry.LastEventTime),-24} {Short(entry.ModelHash),-12} {StreamText.Hex(entry.Incarnation)} {entry.Key}");

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;

    private static string Json(CatalogueEntry entry) => JsonSerializer.Serialize(
        new StreamLine(entry.Key, entry.Status.ToString(), entry.Position, entry.Mode.ToString(), StreamText.Time(entry.LastEventTime), entry.ModelHash, StreamText.Hex(entry.Incarnation)),
        StreamJson.Default.StreamLine);
}
