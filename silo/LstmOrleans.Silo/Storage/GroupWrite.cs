using System.Diagnostics;
using LstmOrleans.Contracts.Tracing;

namespace LstmOrleans.Silo.Storage;

/// <summary>One write or clear that waits for its group. As a task it yields the record's new etag (default after a clear).</summary>
/// <remarks>Continuations never run on the writer thread: the code of a thousand grains would run between two groups. Only an <see cref="IWriteEnd"/> does.</remarks>
internal abstract class GroupWrite : TaskCompletionSource<Etag>
{
    private readonly IWriteObserver? _observer;
    private readonly IWriteEnd? _end;
    private readonly long _began;

    protected GroupWrite(Etag? expected, IWriteObserver? observer, IWriteEnd? end) : base(TaskCreationOptions.RunContinuationsAsynchronously) =>
        (Expected, _observer, _end, _began) = (expected, observer, end, observer == null ? 0 : Stopwatch.GetTimestamp());

    /// <summary>The etag that the stored record must have; null = no record may be stored.</summary>
    public Etag? Expected { get; }

    /// <summary>The span of whoever writes; null as a rule.</summary>
    public Activity? Span { get; } = LstmTracing.Current;

    /// <summary>What <see cref="Complete"/> yields.</summary>
    public Etag NewEtag { get; protected set; }

    /// <summary>On disk.</summary>
    public void Complete()
    {
        _observer?.Written(NewEtag, _began);
        _end?.OnDisk(NewEtag);
        SetResult(NewEtag);
    }

    /// <summary>Not on disk, or not certainly.</summary>
    public void Fail(Exception failure, string outcome)
    {
        _observer?.NotWritten(outcome, _began);
        _end?.Fails(Task);
        SetException(failure);
    }
}
