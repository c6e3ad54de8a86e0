using System.Diagnostics;

namespace LstmOrleans.Contracts.Tracing;

/// <summary>The one source of this product's spans, in clients and silos, and how a trace goes with a call. docs/telemetry.md lists the spans.</summary>
/// <remarks>
/// <para>The context travels as W3C <c>traceparent</c> and <c>tracestate</c> in Orleans' request context, where Orleans' own
/// <c>AddActivityPropagation</c> puts it too, so the two understand each other. That one runs filters around every grain call, traced or
/// not; here a call that is not traced pays for one look.</para>
/// <para>For the same reason it is drawn before anything is made whether a trace begins (<see cref="RootRatio"/>): the tracing of .NET makes a span
/// for each root that is not sampled.</para>
/// </remarks>
public static class LstmTracing
{
    /// <summary>The source's name, for exporters.</summary>
    public const string SourceName = "LstmOrleans";

    private const string Parent = "traceparent", State = "tracestate";

    private static readonly ActivitySource Source = new(SourceName);

    [ThreadStatic]
    private static bool _isDrawn;

    private static long _second;
    private static int _begun;

    /// <summary>The share of calls without a trace for which one begins, if somebody listens. Set by whoever sets the process' sampler; 1 leaves it all to that.</summary>
    public static double RootRatio { get; set; } = 1;

    /// <summary>Most traces that begin in a second by the draw: what tracing costs then does not grow with the load.</summary>
    public static int MostRoots { get; set; } = int.MaxValue;

    /// <summary>Whether a caller that was not sampled is not sampled here either.</summary>
    public static bool ParentDecides { get; set; } = true;

    /// <summary>For a sampler: whether the span that begins on this thread was drawn already, or belongs to one that is sampled.</summary>
    public static bool IsDrawn => _isDrawn;

    /// <summary>Whether anybody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>The span that goes on here and is recorded; null as a rule.</summary>
    public static Activity? Current => Source.HasListeners() && Activity.Current is { Recorded: true } current ? current : null;

    /// <summary>Makes a grain call with the trace it is part of, if there is one or one begins.</summary>
    /// <param name="method">Interface and method, as <c>IStreamGrain/Step</c>.</param>
    /// <param name="state">What the call needs.</param>
    /// <param name="call">The call.</param>
    public static Task<TResult> CallAsync<TState, TResult>(string method, TState state, Func<TState, Task<TResult>> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return Activity.Current == null && !Begins() ? call(state) : TracedAsync(method, state, call);
    }

    /// <summary>Whether a call that has come is traced, by what its caller decided or by the draw.</summary>
    /// <param name="parent">The caller's span; default = a trace begins.</param>
    public static bool TryReceive(out ActivityContext parent)
    {
        parent = default;
        if (!Source.HasListeners())
            return false;
        if (Activity.Current is { } current)
        {
            parent = current.Context;
            return current.Recorded;
        }

        if (RequestContext.Get(Parent) is not string text || !ActivityContext.TryParse(text, RequestContext.Get(State) as string, isRemote: true, out parent))
            return Begins();
        return !ParentDecides || parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
    }

    /// <summary>Begins the span of a call that <see cref="TryReceive"/> told to trace.</summary>
    public static Activity? StartCall(string method, ActivityContext parent)
    {
        var span = Start(method, ActivityKind.Server, parent, null);
        return span == null ? null : Describe(span, method);
    }

    /// <summary>Begins a span within the current one.</summary>
    public static Activity? StartPart(string name) => Source.StartActivity(name, ActivityKind.Internal);

    /// <summary>Begins a span of work for spans that are sampled.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="parent">The first of them; default = it is a trace of its own.</param>
    /// <param name="links">The others.</param>
    public static Activity? StartFor(string name, ActivityContext parent, IEnumerable<ActivityLink>? links) => Start(name, ActivityKind.Client, parent, links);

    private static bool Begins() => Source.HasListeners() && (RootRatio >= 1 || Random.Shared.NextDouble() < RootRatio) && HasRoom();

    private static bool HasRoom()
    {
        if (MostRoots == int.MaxValue)
            return true;
        long second = Environment.TickCount64 / 1_000;
        // Of two threads that meet at the turn of a second both may begin anew: a few more, not more and more.
        if (Interlocked.Exchange(ref _second, second) != second)
            Volatile.Write(ref _begun, 0);
        return Interlocked.Increment(ref _begun) <= MostRoots;
    }

    private static Activity? Start(string name, ActivityKind kind, ActivityContext parent, IEnumerable<ActivityLink>? links)
    {
        _isDrawn = RootRatio < 1 || links != null;
        try
        {
            return Source.StartActivity(name, kind, parent, tags: null, links);
        }
        finally
        {
            _isDrawn = false;
        }
    }

    // An asynchronous method, so that what it puts into the contexts ends with it.
    private static async Task<TResult> TracedAsync<TState, TResult>(string method, TState state, Func<TState, Task<TResult>> call)
    {
        using var span = Start(method, ActivityKind.Client, default, null);
        if ((span ?? Activity.Current) is { IdFormat: ActivityIdFormat.W3C, Id: { } id } sent)
        {
            RequestContext.Set(Parent, id);
            if (sent.TraceStateString is { } traceState)
                RequestContext.Set(State, traceState);
        }

        if (span is { IsAllDataRequested: true })
            Describe(span, method);
        try
        {
            return await call(state).ConfigureAwait(true);
        }
        catch (Exception exception)
        {
            span?.SetStatus(ActivityStatusCode.Error, exception.Message);
            throw;
        }
    }

    private static Activity Describe(Activity span, string method)
    {
        int slash = method.IndexOf('/', StringComparison.Ordinal);
        return span.SetTag("rpc.system", "orleans").SetTag("rpc.service", method[..slash]).SetTag("rpc.method", method[(slash + 1)..]);
    }
}
