namespace LstmOrleans.Silo.Storage;

/// <summary>What a store knows of its own writing: whether its last group of writes worked. Costs nothing and writes nothing.</summary>
/// <remarks>A failure is told for a time only: a server that gets no work because of it would never find out that there is room again.</remarks>
internal sealed class WriteHealth(TimeProvider time)
{
    /// <summary>How long a failure is told when nothing was written since.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromSeconds(10);

    private volatile Failure? _last;

    /// <summary>Why writing does not work, as far as is known; null where it does.</summary>
    public string? Problem => _last is { } last && time.GetElapsedTime(last.At) < Remembered ? last.Reason : null;

    public void Worked()
    {
        // The usual case is read only: a write would take the line from whoever reads it.
        if (_last != null)
            _last = null;
    }

    public void Failed(string reason) => _last = new(reason, time.GetTimestamp());

    private sealed record Failure(string Reason, long At);
}
