using System.Globalization;

namespace LstmOrleans.Hosting.Dashboard.Overview;

/// <summary>Judges the cluster: the worst thing that is true, with its reason.</summary>
internal static class StateLine
{
    /// <summary>Checkpointed streams are behind the disk on purpose, by seconds; this is no purpose any more.</summary>
    private const double LongLagSeconds = 30;

    public static StateView Of(StateFacts facts)
    {
        if (facts.Silent is [var silent, ..])
        {
            return new("bad", facts.Silent.Count == 1 ? "A silo does not answer" : $"{facts.Silent.Count} silos do not answer", Text(
                $"{string.Join(", ", facts.Silent.Select(silo => silo.Address))}: no answer for {silent.Seconds:0} s. The figures leave it out; its streams go on elsewhere once the cluster has declared it dead."));
        }

        if (facts.StoreProblem.Length > 0)
            return new("bad", "Not durable", $"{Sentence(facts.StoreProblem)} Events are refused meanwhile and sent again; nothing that was acknowledged is lost.");
        if (facts.Queue > 0 && facts.EventsOut == 0 && facts.Waited)
            return new("bad", "Stalled", Text($"{facts.Queue} calls wait and none was answered in the last 5 s. Look at the store and at the silos below."));
        if (facts.Failures > 0 || facts.StorageErrors > 0)
        {
            return new("bad", "Not durable", Text(
                $"In the last 5 s the store failed {facts.StorageErrors} times and {facts.Failures} calls were refused for it. They are sent again; nothing that was acknowledged is lost."));
        }

        if (facts.Lost.Count > 0)
        {
            return new("warn", facts.Lost.Count == 1 ? "A silo was lost" : $"{facts.Lost.Count} silos were lost", Text(
                $"{string.Join(", ", facts.Lost)} left the cluster without saying so. Its streams go on at the others. {Flow(facts)}"));
        }

        if (facts.Overloads > 0)
            return new("warn", "Overloaded", Text($"{facts.Overloads} calls were answered as overloaded in the last 5 s; they are sent again. {Flow(facts)}"));
        if (facts.LagSeconds > LongLagSeconds)
            return new("warn", "Far behind the disk", Text($"The oldest event that is not durable is {facts.LagSeconds:0} s old; a crash would take that back, and clients would send it again. {Flow(facts)}"));
        if (facts.StoreWarning.Length > 0)
            return new("warn", facts.EventsOut > 0 ? "Flowing, store at risk" : "Idle, store at risk", $"{Sentence(facts.StoreWarning)} {Flow(facts)}");
        return facts.EventsOut > 0 || facts.EventsIn > 0
            ? new("ok", "Flowing", Text($"{Flow(facts)} {Durability(facts)}{Slow(facts)}"))
            : new("idle", "Idle", "No events in the last 5 s. Everything that was acknowledged is on disk.");
    }

    private static string Flow(StateFacts facts) => facts.EventsOut > 0
        ? Text($"{Round(facts.EventsOut)} events/s on {facts.Silos} {(facts.Silos == 1 ? "silo" : "silos")}.")
        : facts.EventsIn > 0 ? "Events come in, and none is applied." : "No events in the last 5 s.";

    private static string Durability(StateFacts facts) => facts.LagPositions == 0
        ? "Everything that was acknowledged is on disk."
        : Text($"Checkpointed streams are {facts.LagPositions:N0} positions, {facts.LagSeconds:0.0} s, ahead of the disk.");

    private static string Slow(StateFacts facts) => facts.Slow.Count > 0 ? Text($" Slower than the others: {string.Join(", ", facts.Slow)}.") : "";

    private static string Round(double rate) => rate >= 100 ? rate.ToString("N0", CultureInfo.InvariantCulture) : rate.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What is judged. Counts and rates are those of the last five seconds.</summary>
internal sealed record StateFacts
{
    public int Silos { get; init; }

    /// <summary>Silos that do not answer, the longest first.</summary>
    public IReadOnlyList<(string Address, double Seconds)> Silent { get; init; } = [];

    /// <summary>Silos that died lately.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>Silos whose calls take much longer than the others'.</summary>
    public IReadOnlyList<string> Slow { get; init; } = [];

    public string StoreProblem { get; init; } = "";

    public string StoreWarning { get; init; } = "";

    public double EventsIn { get; init; }

    public double EventsOut { get; init; }

    public long Queue { get; init; }

    /// <summary>Whether calls had five seconds to be answered.</summary>
    public bool Waited { get; init; }

    public long Failures { get; init; }

    public long StorageErrors { get; init; }

    public long Overloads { get; init; }

    public long LagPositions { get; init; }

    public double LagSeconds { get; init; }
}
