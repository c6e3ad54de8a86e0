using System.Diagnostics;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Tracing;
using LstmOrleans.Silo.Storage;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>The spans of a silo: of a call, its step, the write of a stream's record, and the transaction that carries it.</summary>
/// <remarks>
/// <code>
///   client   IStreamGrain/Step
///   silo       └ IStreamGrain/Step        from receipt to answer
///                  └ step                 check, compute, and wait for what may be told
///                      └ storage write    the write of the record; of several events, the first one's, and linked to the others
///   store    storage commit               a trace of its own: one transaction for many streams, linked to their writes, and they to it
/// </code>
/// </remarks>
internal static class Spans
{
    public const string StepCall = "IStreamGrain/Step";
    public const string ForwardCall = "IBatchGrain/Forward";
    public const string Step = "step";
    public const string Forward = "forward";
    public const string StorageWrite = "storage write";
    public const string StorageCommit = "storage commit";

    /// <summary>The tag of a stream's key. Only of spans: each is one event, and no series is made of it.</summary>
    public const string StreamTag = "lstm.stream.key";

    // An exporter cuts a span's links at 128.
    private const int MostLinks = 128;

    /// <summary>Notes how a call ended.</summary>
    public static void End(Activity? span, StreamStatus status, string detail)
    {
        if (span == null)
            return;
        span.SetTag(LstmMeter.OutcomeTag, CallCounts.NameOf(status.ToString()));
        if (status.IsRetryable())
            span.SetStatus(ActivityStatusCode.Error, detail);
    }

    /// <summary>Remembers that the current span's event will be in the next write.</summary>
    public static void Carry(ref List<ActivityContext>? carried)
    {
        if (LstmTracing.Current is { } span && (carried?.Count ?? 0) <= MostLinks)
            (carried ??= []).Add(span.Context);
    }

    /// <summary>Begins the span of the write of a record, for the events in it; until <see cref="Return"/> it is the current one, and the caller's own is not.</summary>
    /// <param name="carried">Those events.</param>
    /// <param name="caller">The caller's own span: whoever causes a write need not be in it.</param>
    public static Activity? StartWrite(ref List<ActivityContext>? carried, out Activity? caller)
    {
        caller = null;
        if (!LstmTracing.IsOn)
            return null;
        caller = Activity.Current;
        Activity.Current = null;
        if (carried is not [var first, .. var others])
            return null;
        carried = null;
        return LstmTracing.StartFor(StorageWrite, first, [.. others.Select(other => new ActivityLink(other))])?.SetTag("lstm.events", others.Count + 1);
    }

    /// <summary>Goes back to the caller's own span.</summary>
    public static void Return(Activity? caller)
    {
        if (LstmTracing.IsOn)
            Activity.Current = caller;
    }

    /// <summary>Begins the span of a transaction where one of its writes is traced.</summary>
    public static Activity? StartCommit<TWrite>(List<TWrite> group, KeyValuePair<string, object?> storage)
        where TWrite : GroupWrite
    {
        if (!LstmTracing.IsOn)
            return null;
        List<Activity>? traced = null;
        foreach (var write in group)
        {
            if (write.Span is { } span && (traced?.Count ?? 0) < MostLinks)
                (traced ??= []).Add(span);
        }

        return traced == null ? null : StartCommit(traced, group.Count, storage);
    }

    // By itself: a transaction that is not traced makes nothing for it.
    private static Activity? StartCommit(List<Activity> traced, int writes, KeyValuePair<string, object?> storage)
    {
        Activity? commit = null;
        Try(() =>
        {
            commit = LstmTracing.StartFor(StorageCommit, default, [.. traced.Select(write => new ActivityLink(write.Context))]);
            commit?.SetTag(storage.Key, storage.Value).SetTag("db.operation.batch.size", writes);
            foreach (var write in commit == null ? [] : traced)
                write.AddLink(new ActivityLink(commit!.Context));
        });
        return commit;
    }

    /// <summary>Ends the span of a transaction.</summary>
    /// <param name="commit">What <see cref="StartCommit"/> gave.</param>
    /// <param name="failure">Why it did not commit; null = it did.</param>
    public static void EndCommit(Activity? commit, string? failure)
    {
        if (commit == null)
            return;
        if (failure != null)
            commit.SetStatus(ActivityStatusCode.Error, failure);
        Try(commit.Dispose);
    }

    // Whoever listens runs on the thread that writes for all streams; what a listener throws is the listener's alone (Samples).
    private static void Try(Action tell)
    {
        try
        {
            tell();
        }
        catch
        {
            // There is nobody to tell.
        }
    }
}
