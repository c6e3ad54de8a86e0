using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace LstmOrleans.Faults.Producers;

/// <summary>One wait of a stream that had something to send, until it was acknowledged.</summary>
/// <param name="Length">From when it was due.</param>
/// <param name="Stream">Whose.</param>
/// <param name="Sends">How often the call was sent that ended it; null = the client library sent it.</param>
internal sealed record Pause(TimeSpan Length, int Stream, int? Sends);

/// <summary>The longest time a stream that had something to send waited for an acknowledgement, by the fault that was active.</summary>
internal sealed class PauseBook
{
    public const string NoFault = "(no fault)";

    private readonly ConcurrentDictionary<string, TimeSpan> _longest = new();
    private readonly Lock _lock = new();
    private volatile string _active = NoFault;

    // Of the fault that is active: of the client library's sessions, and of the harness's own producers, whose patience is not the product's.
    private Pause? _ofSession, _ofOther;

    public IReadOnlyDictionary<string, TimeSpan> Longest => _longest;

    /// <summary>From now on pauses belong to this fault.</summary>
    public void Begin(string fault)
    {
        lock (_lock)
            (_ofSession, _ofOther, _active) = (null, null, fault);
    }

    /// <returns>The longest pauses of the fault that ends, for a person.</returns>
    public string End()
    {
        lock (_lock)
        {
            _active = NoFault;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"longest pause {_ofSession?.Length.TotalSeconds ?? 0:f1} s with a session{Of(_ofSession)}, {_ofOther?.Length.TotalSeconds ?? 0:f1} s without{Of(_ofOther)}");
        }

        static string Of(Pause? pause) =>
            pause == null ? "" : pause.Sends is { } sends ? $" (stream {pause.Stream}, {sends} sends)" : $" (stream {pause.Stream})";
    }

    /// <summary>Notes a pause that has ended now.</summary>
    /// <param name="since">When the wait began.</param>
    /// <param name="stream">Whose.</param>
    /// <param name="sends">How often the call was sent; null = by the client library.</param>
    public void Note(long since, int stream, int? sends)
    {
        var length = Stopwatch.GetElapsedTime(since);
        string fault = _active;
        if (!_longest.TryGetValue(fault, out var longest) || length > longest)
            _longest.AddOrUpdate(fault, length, (_, known) => length > known ? length : known);
        if (length <= ((sends == null ? _ofSession : _ofOther)?.Length ?? TimeSpan.Zero))
            return;
        lock (_lock)
        {
            ref var mine = ref sends == null ? ref _ofSession : ref _ofOther;
            if (fault == _active && length > (mine?.Length ?? TimeSpan.Zero))
                mine = new(length, stream, sends);
        }
    }
}
