using System.Globalization;
using System.Text;
using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Producers;
using LstmOrleans.Faults.Schedule;
using LstmOrleans.Faults.Verification;

namespace LstmOrleans.Faults.Report;

/// <summary>What a run found, and whether it proves anything.</summary>
internal sealed class RunReport
{
    public required FaultRunOptions Options { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>Events per second of one stream before the first fault.</summary>
    public required double CalmRate { get; init; }

    public required ProducerContext Producers { get; init; }

    public required IReadOnlyList<IFault> Kinds { get; init; }

    public required IReadOnlyList<(string Kind, string Reason)> Skipped { get; init; }

    public required IReadOnlyList<FaultOutcome> Outcomes { get; init; }

    public required IReadOnlyList<StreamVerdict> Verdicts { get; init; }

    public required int StillWaiting { get; init; }

    public long Lost => Verdicts.Sum(verdict => verdict.Lost);

    public long Doubled => Verdicts.Sum(verdict => verdict.Doubled) + Producers.Outputs.Twice;

    public long Different => Verdicts.Sum(verdict => verdict.Different);

    /// <summary>Events that were lost, doubled or different, or shown as they no longer were.</summary>
    public bool Wrong => Lost + Doubled + Different + Producers.Counters.StaleReads + Verdicts.Sum(verdict => verdict.Unanswered) + Producers.Counters.GivenUp > 0
        || StillWaiting > 0 || Producers.Ledgers.Any(ledger => ledger.Broken != null);

    /// <summary>Why the run was too tame to prove anything; empty = it was not.</summary>
    public IReadOnlyList<string> TooTame()
    {
        var reasons = new List<string>();
        // A stream whose producers ended is wrong, not tame.
        long least = Producers.Ledgers.Where(ledger => ledger.Broken == null).Select(ledger => ledger.Acknowledged).DefaultIfEmpty(long.MaxValue).Min(), floor = Options.Floor(Elapsed, CalmRate);
        if (least < floor)
            reasons.Add($"a stream has {least} acknowledged events; the floor is {floor}");
        foreach (var outcome in Outcomes.Where(outcome => outcome.Problem != null))
            reasons.Add($"{outcome.Kind}: {outcome.Problem}");
        foreach (var kind in Kinds.Where(kind => Outcomes.All(outcome => outcome.Kind != kind.Name)))
            reasons.Add($"{kind.Name} was never injected, although this machine permits it");
        return reasons;
    }

    /// <summary>0 = proved; 1 = wrong, or too tame.</summary>
    public int ExitCode => Wrong || TooTame().Count > 0 || (Options.StrictPauses && LatePauses().Any()) ? 1 : 0;

    public string Text()
    {
        var text = new StringBuilder();
        foreach (var verdict in Verdicts.Where(verdict => verdict.Problem != null).Take(10))
            text.AppendLine(verdict.Problem);
        foreach (string reason in TooTame())
            text.AppendLine(CultureInfo.InvariantCulture, $"too tame: {reason}");
        foreach (var (kind, reason) in Skipped)
            text.AppendLine(CultureInfo.InvariantCulture, $"skipped: {kind}: {reason}");
        text.AppendLine();
        text.AppendLine("| fault | times | longest pause s | bar s | |");
        text.AppendLine("|---|---|---|---|---|");
        foreach (var kind in Kinds)
        {
            var longest = Producers.Pauses.Longest.GetValueOrDefault(kind.Name);
            string verdict = Bar(kind) is not { } bar ? "" : longest <= bar ? "PASS" : "over";
            text.AppendLine(CultureInfo.InvariantCulture, $"| {kind.Name} | {Outcomes.Count(outcome => outcome.Kind == kind.Name)} | {longest.TotalSeconds:f2} | {Bar(kind)?.TotalSeconds.ToString(CultureInfo.InvariantCulture) ?? "-"} | {verdict} |");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"| {PauseBook.NoFault} | | {Producers.Pauses.Longest.GetValueOrDefault(PauseBook.NoFault).TotalSeconds:f2} | - | |");
        var counters = Producers.Counters;
        text.AppendLine();
        text.AppendLine("| what | count |");
        text.AppendLine("|---|---|");
        Row("seed", Options.Seed);
        Row("streams", Options.Streams);
        Row("events acknowledged", Producers.Ledgers.Sum(ledger => ledger.Acknowledged - ledger.GivenUp.Count));
        Row("fewest of one stream", Producers.Ledgers.Min(ledger => ledger.Acknowledged));
        Row("events retried", counters.Retried);
        Row("duplicates refused", counters.DuplicatesRefused);
        Row("faults", Outcomes.Count);
        Row("calls failed for good", counters.GivenUp);
        Row("events never answered", Verdicts.Sum(verdict => verdict.Unanswered));
        Row("streams refused for good", Producers.Ledgers.Count(ledger => ledger.Broken != null));
        Row("stale reads", counters.StaleReads);
        Row("lost", Lost);
        Row("doubled", Doubled);
        Row("bits different", Different);
        return text.ToString();

        void Row(string what, long count) => text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {count} |");
    }

    // With one silo, killing or restarting it stops everything, and its bar is that of a whole cluster that is down.
    private TimeSpan? Bar(IFault kind) => kind.Bar is { } bar && Options.Silos == 1 ? TimeSpan.FromSeconds(Math.Max(bar.TotalSeconds, 15)) : kind.Bar;

    private IEnumerable<IFault> LatePauses() => Kinds.Where(kind => Bar(kind) is { } bar && Producers.Pauses.Longest.GetValueOrDefault(kind.Name) > bar);
}
