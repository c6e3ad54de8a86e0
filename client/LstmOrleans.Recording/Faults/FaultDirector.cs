using System.Globalization;

namespace LstmOrleans.Recording.Faults;

/// <summary>Runs a schedule: starts each fault's process in time, watches it end, and labels the rows.</summary>
internal sealed class FaultDirector
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<PlannedFault> _plan;
    private readonly ChildCommand _self;
    private readonly string _workDirectory;
    private readonly int _target;
    private readonly TimeSpan _pause;
    private readonly RowFile _labels;
    private readonly IRowClock _rows;
    private readonly TimeProvider _time;
    private volatile string? _current;
    private volatile int _count;

    public FaultDirector(
        IReadOnlyList<PlannedFault> plan, FaultRules rules, ChildCommand self, string workDirectory, int target,
        RowFile labels, IRowClock rows, TimeProvider time)
    {
        _plan = plan;
        _pause = TimeSpan.FromSeconds(rules.Pause);
        _self = self;
        _workDirectory = workDirectory;
        _target = target;
        _labels = labels;
        _rows = rows;
        _time = time;
    }

    /// <summary>The fault that runs now.</summary>
    public string? Current => _current;

    /// <summary>Faults that were labelled.</summary>
    public int Count => _count;

    /// <summary>Runs until the schedule is over or the token stops it; a fault that runs then is ended and labelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var started = _time.GetTimestamp();
        var earliest = TimeSpan.Zero;
        for (var number = 0; number < _plan.Count; number++)
        {
            var fault = _plan[number];
            // A fault that took long to give everything back must not shorten the pause after it.
            var due = TimeSpan.FromSeconds(fault.Start);
            if (due < earliest) due = earliest;
            var wait = due - _time.GetElapsedTime(started);
            try
            {
                if (wait > TimeSpan.Zero) await Task.Delay(wait, _time, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            if (stop.IsCancellationRequested) return;
            await RunAsync(fault, number, stop).ConfigureAwait(false);
            earliest = _time.GetElapsedTime(started) + _pause;
        }
    }

    private async Task RunAsync(PlannedFault fault, int number, CancellationToken stop)
    {
        var work = Path.Combine(_workDirectory, $"fault-{number + 1}");
        string[] arguments =
        [
            "record", "fault", fault.Kind,
            "--seconds", Text(fault.Duration), "--intensity", Text(fault.Intensity),
            "--work", work, "--target", _target.ToString(CultureInfo.InvariantCulture),
        ];
        using var child = ChildProcess.Start(_self, arguments);
        if (await child.Output.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) != FaultChild.BeginLine)
            throw new RecorderException($"Fault '{fault.Kind}' did not start; try 'lstm {string.Join(' ', arguments)}' to see why.");

        _current = fault.Kind;
        var start = _time.GetUtcNow();
        var startRow = _rows.OpenRow;
        string? answer;
        bool byItself;
        await using (stop.Register(child.CloseInput).ConfigureAwait(false))
        {
            var ending = child.WaitAsync(TimeSpan.FromSeconds(fault.Duration) + Grace);
            answer = await child.Output.ReadLineAsync(CancellationToken.None).ConfigureAwait(false);
            byItself = await ending.ConfigureAwait(false);
        }

        // Whatever became of the child: the probe's peer runs again and its files are gone.
        Posix.Signal(_target, Posix.Continue);
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);

        var detail = (answer, byItself) switch
        {
            (not null, true) when answer.StartsWith(FaultChild.EndPrefix, StringComparison.Ordinal)
                => answer[FaultChild.EndPrefix.Length..],
            (_, false) => "killed: it did not end in time",
            _ => "ended early",
        };
        _current = null;
        var endRow = _rows.OpenRow;
        // It came too late to be in any row.
        if (endRow < startRow) return;
        _labels.Add(string.Join(',',
            fault.Kind, startRow.ToString(CultureInfo.InvariantCulture), endRow.ToString(CultureInfo.InvariantCulture),
            RecordingFiles.Timestamp(start), RecordingFiles.Timestamp(_time.GetUtcNow()), detail.Replace(',', ';')));
        _count++;
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
