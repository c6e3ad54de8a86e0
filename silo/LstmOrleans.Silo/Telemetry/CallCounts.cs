using System.Diagnostics.Metrics;
using System.Text.Json;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>Calls by what they asked for and how they ended.</summary>
internal sealed class CallCounts
{
    /// <summary>The outcome of a call that ended without an answer.</summary>
    public const string Thrown = "exception";

    // Told from the start, as 0: a rate over a series that begins with its first count would not see that one.
    private static readonly StreamStatus[] AlwaysTold =
        [StreamStatus.Ok, StreamStatus.Duplicate, StreamStatus.Gap, StreamStatus.Overloaded, StreamStatus.StorageRefused, StreamStatus.NotNow];

    private static readonly StreamStatus[] Statuses = Enum.GetValues<StreamStatus>();
    private static readonly CallKind[] Kinds = Enum.GetValues<CallKind>();

    // By kind, then by the status' number; the last is for calls without an answer.
    private readonly Tally[][] _counts = [.. Kinds.Select(_ => NewCounts())];

    /// <param name="kind">What was asked for.</param>
    /// <param name="status">The answer; null = an exception.</param>
    public void Count(CallKind kind, StreamStatus? status) => _counts[(int)kind][status is { } answer ? (int)answer : ^1].Add(1);

    public IEnumerable<Measurement<long>> Read()
    {
        foreach (var kind in Kinds)
        {
            var counts = _counts[(int)kind];
            var asked = new KeyValuePair<string, object?>(LstmMeter.OperationTag, NameOf(kind.ToString()));
            foreach (var status in Statuses)
            {
                if (counts[(int)status].Sum is var count && (count > 0 || AlwaysTold.Contains(status)))
                    yield return new(count, asked, new(LstmMeter.OutcomeTag, NameOf(status.ToString())));
            }

            if (counts[^1].Sum is > 0 and var thrown)
                yield return new(thrown, asked, new(LstmMeter.OutcomeTag, Thrown));
        }
    }

    private static string NameOf(string value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value);

    private static Tally[] NewCounts()
    {
        var counts = new Tally[(int)Statuses.Max() + 2];
        foreach (var status in Statuses)
            counts[(int)status] = new();
        counts[^1] = new();
        return counts;
    }
}
