using System.Diagnostics;
using LstmOrleans.Contracts.Tracing;

namespace LstmOrleans.Silo.Storage;

/// <summary>One write or clear that waits for its group.</summary>
internal abstract class GroupWrite
{
    private readonly IWriteObserver? _observer;
    private readonly IWriteEnd _end;
    private readonly long _began;

    protected GroupWrite(Etag? expected, IWriteObserver? observer, IWriteEnd end) =>
        (Expected, _observer, _end, _began) = (expected, observer, end, observer == null ? 0 : Stopwatch.GetTimestamp());

    /// <summary>The etag that the stored record must have; null = no record may be stored.</summary>
    public Etag? Expected { get; }

    /// <summary>The span of whoever writes; null as a rule.</summary>
    public Activity? Span { get; } = LstmTracing.Current;

    /// <summary>What <see cref="Complete"/> tells.</summary>
    public Etag NewEtag { get; protected set; }

    /// <summary>Whether it was told.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>On disk.</summary>
    public void Complete()
    {
        _observer?.Written(NewEtag, _began);
        HasEnded = true;
        _end.OnDisk(NewEtag);
    }

    /// <summary>Not on disk, or not certainly.</summary>
    public void Fail(Exception failure, string outcome)
    {
        _observer?.NotWritten(outcome, _began);
        HasEnded = true;
        _end.Fails(failure);
    }
}
