using System.Diagnostics;
using System.Globalization;

namespace LstmOrleans.Faults.Schedule;

/// <summary>How one fault went.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Effect">What was seen, or null.</param>
/// <param name="Problem">Why it proves nothing, or what went wrong after it; null = all well.</param>
internal sealed record FaultOutcome(string Kind, string? Effect, string? Problem);

/// <summary>Injects the schedule's faults one after the other; between two of them every stream must have been answered.</summary>
internal sealed class FaultDirector(FaultContext context, FaultSchedule schedule)
{
    private static readonly TimeSpan RecoveryDeadline = TimeSpan.FromSeconds(60), Calm = TimeSpan.FromSeconds(2);

    /// <summary>Events per second of one stream before the first fault.</summary>
    public double CalmRate { get; private set; }

    /// <summary>Runs until the time is over and every kind was met.</summary>
    public async Task<IReadOnlyList<FaultOutcome>> RunAsync(TimeSpan length, CancellationToken cancellation)
    {
        var outcomes = new List<FaultOutcome>();
        if (schedule.Kinds.Count == 0)
        {
            await Task.Delay(length, cancellation);
            return outcomes;
        }

        await MeasureAsync(cancellation);
        long start = Stopwatch.GetTimestamp();
        foreach (var planned in schedule.Plan())
        {
            if (Stopwatch.GetElapsedTime(start) > length && planned.Number > schedule.Kinds.Count)
                break;
            await Task.Delay(planned.Gap, cancellation);
            var outcome = await InjectAsync(planned, Stopwatch.GetElapsedTime(start), cancellation);
            outcomes.Add(outcome);
            // Streams that are broken do not mend: the run has failed, and what else it would find is the same again.
            if (context.Producers.Ledgers.Count(ledger => ledger.Broken != null) > context.Options.Streams / 2)
            {
                context.Options.Log("more than half of the streams are broken: the run ends here");
                break;
            }
        }

        return outcomes;
    }

    private async Task MeasureAsync(CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp(), before = context.Producers.Ledgers.Sum(ledger => ledger.Acknowledged);
        await Task.Delay(Calm, cancellation);
        long acknowledged = context.Producers.Ledgers.Sum(ledger => ledger.Acknowledged) - before;
        CalmRate = acknowledged / Stopwatch.GetElapsedTime(start).TotalSeconds / context.Options.Streams;
    }

    /// <summary>Every silo runs and every stream was answered; also silos that end only now, because they learn late that they are dead.</summary>
    /// <returns>Streams that were not answered in time.</returns>
    private async Task<IReadOnlyList<int>> RecoverAsync(CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        long[] before = context.Fleet.Standing();
        while (true)
        {
            await context.Cluster.StartMissingAsync(cancellation);
            var waiting = await context.Fleet.AllAnsweredAsync(before, TimeSpan.FromSeconds(5), cancellation);
            if (waiting.Count == 0 || Stopwatch.GetElapsedTime(start) > RecoveryDeadline)
                return waiting;
        }
    }

    private async Task<FaultOutcome> InjectAsync(PlannedFault planned, TimeSpan at, CancellationToken cancellation)
    {
        string name = planned.Fault.Name;
        context.Producers.Pauses.Begin(name);
        string? effect = null, problem = null;
        try
        {
            effect = await planned.Fault.InjectAsync(context, new Random(planned.Seed), cancellation);
        }
        catch (NoEffectException exception)
        {
            problem = $"no effect: {exception.Message}";
        }
        finally
        {
            context.Producers.Conditions.LoseAnswers = context.Producers.Conditions.Disturb = false;
            context.Producers.Conditions.FullLoad = false;
            context.SetStill(false);
        }

        // Whatever the fault left dead or stopped comes back; a fault that has failed must not spoil those after it.
        var waiting = await RecoverAsync(cancellation);
        if (waiting.Count > 0)
            problem ??= $"{waiting.Count} streams were not answered within {RecoveryDeadline.TotalSeconds:f0} s after it, for one {context.Fleet.Describe(waiting[0])}";
        string pauses = context.Producers.Pauses.End();
        context.Options.Log(string.Create(CultureInfo.InvariantCulture, $"{at:mm\\:ss}  fault {planned.Number,3}  {name,-16} {problem ?? effect}; {pauses}"));
        return new FaultOutcome(name, effect, problem);
    }
}
