using System.Collections.Concurrent;
using System.Diagnostics;

namespace LstmOrleans.Faults.Producers;

/// <summary>The longest time a stream that had something to send waited for an acknowledgement, by the fault that was active.</summary>
internal sealed class PauseBook
{
    public const string NoFault = "(no fault)";

    private readonly ConcurrentDictionary<string, TimeSpan> _longest = new();
    private volatile string _active = NoFault;

    public IReadOnlyDictionary<string, TimeSpan> Longest => _longest;

    /// <summary>From now on pauses belong to this fault.</summary>
    public void Begin(string fault) => _active = fault;

    public void End() => _active = NoFault;

    /// <summary>Notes a pause that has ended now.</summary>
    public void Note(long since)
    {
        var pause = Stopwatch.GetElapsedTime(since);
        string fault = _active;
        if (!_longest.TryGetValue(fault, out var longest) || pause > longest)
            _longest.AddOrUpdate(fault, pause, (_, known) => pause > known ? pause : known);
    }
}
