using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Steps;

/// <summary>Sends a client's steps to one silo, all that wait in one message.</summary>
/// <remarks>
/// <code>
///   step ──Add──►┐                                  ┌─► post 0 of the silo
///   step ──Add──►├─► waiting ── a pool's thread ────┼─► post 1                    each the next that does not rest
///   step ──Add──►┘              takes what is there └─► ...
/// </code>
/// Without a timer: a step waits for a thread of the pool, and a client that is busy has more of them together by then.
/// </remarks>
internal sealed class StepPost : IThreadPoolWorkItem
{
    /// <summary>Steps in one bundle, and bytes of their inputs, but for a single one that is larger: a message that nothing behind it waits long for.</summary>
    public const int MostInBundle = 256, MostBytesInBundle = 256 * 1_024;

    /// <summary>Posts of a silo: it takes up so many bundles at a time.</summary>
    public const int PostsOfASilo = 4;

    private readonly Lock _lock = new();
    private readonly Func<int, IStepPost> _posts;
    private readonly GrainId _receiver;
    private readonly TimeProvider _time;
    private readonly Action<StepBundle, StepWay, Exception> _failed;
    private readonly StepWay[] _ways = [.. Enumerable.Range(0, PostsOfASilo).Select(_ => new StepWay())];
    private readonly List<SubmittedStep> _steps = [];
    private bool _leaves;
    private int _next;

    /// <param name="posts">Those of the silo, by number.</param>
    /// <param name="receiver">Where the answers go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="failed">Told what could not be sent, on which way and why.</param>
    public StepPost(Func<int, IStepPost> posts, GrainId receiver, TimeProvider time, Action<StepBundle, StepWay, Exception> failed) =>
        (_posts, _receiver, _time, _failed) = (posts, receiver, time, failed);

    /// <summary>Whether nothing is to be sent here now.</summary>
    public bool Rests(long now)
    {
        foreach (var way in _ways)
        {
            if (!way.Rests(now))
                return false;
        }

        return true;
    }

    /// <summary>Queues a step.</summary>
    public void Add(SubmittedStep step)
    {
        lock (_lock)
        {
            _steps.Add(step);
            if (_leaves)
                return;
            _leaves = true;
        }

        // Behind what waits for a thread, which has steps for the same bundle.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Execute() => _ = SendAsync();

    private async Task SendAsync()
    {
        var (bundle, number) = Take();
        try
        {
            // Ends when it has left, which is at once.
            await _posts(number).Deliver(bundle).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _failed(bundle, _ways[number], exception);
        }
    }

    private (StepBundle Bundle, int Number) Take()
    {
        bool more;
        int number, count = 0;
        long[] calls;
        StepRequest[] requests;
        lock (_lock)
        {
            number = NextWay();
            int bytes = 0;
            while (count < Math.Min(_steps.Count, MostInBundle) && (count == 0 || bytes + _steps[count].Request.Inputs.Length <= MostBytesInBundle))
                bytes += _steps[count++].Request.Inputs.Length;
            (calls, requests) = (new long[count], new StepRequest[count]);
            for (int index = 0; index < count; index++)
            {
                var step = _steps[index];
                step.Way = _ways[number];
                (calls[index], requests[index]) = (step.Call, step.Request);
            }

            _steps.RemoveRange(0, count);
            more = _leaves = _steps.Count > 0;
        }

        if (more)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return (new() { Receiver = _receiver, Calls = calls, Steps = requests }, number);
    }

    private int NextWay()
    {
        long now = _time.GetTimestamp();
        for (int tried = 0; tried < PostsOfASilo; tried++)
        {
            int number = _next++ % PostsOfASilo;
            if (!_ways[number].Rests(now))
                return number;
        }

        // All have begun to rest since the step was queued.
        return 0;
    }
}
