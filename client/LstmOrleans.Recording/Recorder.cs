using System.Globalization;
using System.Text;
using LstmOrleans.Recording.Faults;
using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Recording;

/// <summary>
/// Records this machine. The calling thread only samples: probes and files have threads of their own and faults have
/// processes of their own, so nothing that is measured can hold up the measuring.
/// </summary>
public sealed class Recorder : IRowClock
{
    private readonly RecorderOptions _options;
    private readonly TimeProvider _time;
    private volatile int _rows;
    private volatile bool _ended;

    /// <summary>Prepares a recording; nothing is touched yet.</summary>
    public Recorder(RecorderOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time ?? TimeProvider.System;
    }

    int IRowClock.OpenRow => _ended ? _rows : _rows + 1;

    /// <summary>Records until the time is over or <paramref name="stop"/> asks to end; both leave a whole recording.</summary>
    public RecordingCard Run(Action<RecorderProgress>? progress, CancellationToken stop)
    {
        _options.Validate();
        var rules = _options.Rules ?? (_options.Rehearsal ? FaultRules.Rehearsal : FaultRules.Standard);
        var plan = Plan(rules);
        var output = Path.GetFullPath(_options.OutputDirectory);
        var disk = _options.DiskWorkDirectory is { } given ? Path.GetFullPath(given) : output;
        var work = Path.Combine(disk, $".lstm-record-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(output);
            Directory.CreateDirectory(work);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new RecorderException(
                $"'{output}' and '{work}' cannot be created ({refused.Message}); give directories you may write to.", refused);
        }

        try
        {
            return Record(output, work, rules, plan, progress, stop);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private RecordingCard Record(
        string output, string work, FaultRules rules, IReadOnlyList<PlannedFault> plan,
        Action<RecorderProgress>? progress, CancellationToken stop)
    {
        using var sampler = new MachineSampler(_options.Children, work, _options.Interval, _time);
        var card = Card(sampler.Machine, sampler.Streams, plan);
        RecordingFiles.WriteCard(output, card);

        var columns = RecordingFiles.LeadingColumns.Concat(sampler.Streams);
        using var metrics = new RowFile(Path.Combine(output, RecordingFiles.Metrics), columns);
        using var labels = new RowFile(Path.Combine(output, RecordingFiles.Labels), RecordingFiles.LabelColumns);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var director = new FaultDirector(plan, rules, _options.Children, work, sampler.PeerId, labels, this, _time);
        var directing = Task.Run(() => director.RunAsync(end.Token), CancellationToken.None);
        try
        {
            SampleUntilEnd(sampler, metrics, director, directing, progress, end.Token);
        }
        finally
        {
            _ended = true;
            end.Cancel();
            try
            {
                directing.GetAwaiter().GetResult();
                labels.Complete();
                metrics.Complete();
            }
            finally
            {
                card = card with { Ended = _time.GetUtcNow(), Rows = _rows, MissedRows = sampler.MissedRows, Faults = director.Count };
                RecordingFiles.WriteCard(output, card);
            }
        }

        return card;
    }

    private void SampleUntilEnd(
        MachineSampler sampler, RowFile metrics, FaultDirector director, Task directing, Action<RecorderProgress>? progress, CancellationToken stop)
    {
        var values = new double[sampler.Streams.Count];
        var line = new StringBuilder();
        while (!directing.IsFaulted && sampler.Next(values, _options.Duration, stop) is { } due)
        {
            line.Clear().Append(CultureInfo.InvariantCulture, $"{_rows + 1},{RecordingFiles.Timestamp(_time.GetUtcNow())}");
            foreach (var value in values) line.Append(',').Append(NumberText.Of(value));
            metrics.Add(line.ToString());
            _rows++;
            progress?.Invoke(new RecorderProgress(_rows, director.Current, _options.Duration - due));
        }
    }

    private IReadOnlyList<PlannedFault> Plan(FaultRules rules)
    {
        if (_options.FaultSeed is not { } seed) return [];
        var plan = FaultSchedule.Plan(seed, _options.Duration.TotalSeconds, FaultKind.All, rules);
        if (plan.Count > 0) return plan;
        throw RecorderException.Usage(FormattableString.Invariant(
            $"{_options.Duration.TotalSeconds} s have no room for a fault: {rules.Warmup} s stay normal, then {rules.Share:P0} at most; ")
            + "record for 7 minutes or more, or use --rehearsal.");
    }

    private RecordingCard Card(MachineDescription machine, IReadOnlyList<string> streams, IReadOnlyList<PlannedFault> plan) => new()
    {
        Machine = machine,
        Started = _time.GetUtcNow(),
        IntervalSeconds = _options.Interval.TotalSeconds,
        PlannedSeconds = _options.Duration.TotalSeconds,
        FaultSeed = _options.FaultSeed,
        Rehearsal = _options.Rehearsal,
        Streams = streams,
        PlannedFaults = plan,
        Command = Command(),
    };

    /// <summary>Without the paths of this machine: the card is made to be passed on.</summary>
    private string Command()
    {
        var command = new StringBuilder("lstm record --out <directory>");
        command.Append(CultureInfo.InvariantCulture, $" --seconds {_options.Duration.TotalSeconds}");
        command.Append(CultureInfo.InvariantCulture, $" --interval {_options.Interval.TotalSeconds}s");
        if (_options.FaultSeed is { } seed) command.Append(CultureInfo.InvariantCulture, $" --faults {seed}");
        if (_options.Rehearsal) command.Append(" --rehearsal");
        if (_options.DiskWorkDirectory is not null) command.Append(" --dir-for-disk-work <directory>");
        return command.ToString();
    }
}
