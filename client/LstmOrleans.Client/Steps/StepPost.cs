using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Steps;

/// <summary>Sends a client's steps to one silo, all that wait in one message.</summary>
/// <remarks>Without a timer: a step waits for a thread of the pool, and a client that is busy has more of them together by then.</remarks>
internal sealed class StepPost : IThreadPoolWorkItem
{
    /// <summary>Steps in one bundle, and bytes of their inputs, but for a single one that is larger: a message that nothing behind it waits long for.</summary>
    public const int MostInBundle = 256, MostBytesInBundle = 256 * 1_024;

    /// <summary>Posts of a silo: it takes up so many bundles at a time.</summary>
    public const int PostsOfASilo = 4;

    private readonly Lock _lock = new();
    private readonly Func<int, IStepPost> _posts;
    private readonly Action<long, Exception> _failed;
    private readonly GrainId _receiver;
    private readonly List<long> _calls = [];
    private readonly List<StepRequest> _steps = [];
    private bool _leaves;
    private int _bundles;
    private long _heard, _restsUntil;

    /// <param name="posts">Those of the silo, by number.</param>
    /// <param name="receiver">Where the answers go.</param>
    /// <param name="failed">Told which calls could not be sent.</param>
    public StepPost(Func<int, IStepPost> posts, GrainId receiver, Action<long, Exception> failed) => (_posts, _receiver, _failed) = (posts, receiver, failed);

    /// <summary>When a step that was sent here was answered last.</summary>
    public long Heard
    {
        get => Volatile.Read(ref _heard);
        set => Volatile.Write(ref _heard, value);
    }

    /// <summary>Until then nothing is sent here.</summary>
    public long RestsUntil
    {
        get => Volatile.Read(ref _restsUntil);
        set => Volatile.Write(ref _restsUntil, value);
    }

    /// <summary>Queues a step.</summary>
    public void Add(long call, StepRequest step)
    {
        lock (_lock)
        {
            _calls.Add(call);
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
        var bundle = Take(out int number);
        try
        {
            // Ends when it has left, which is at once.
            await _posts(number).Deliver(bundle).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            foreach (long call in bundle.Calls)
                _failed(call, exception);
        }
    }

    private StepBundle Take(out int number)
    {
        bool more;
        StepBundle bundle;
        lock (_lock)
        {
            int count = 0, bytes = 0;
            while (count < Math.Min(_calls.Count, MostInBundle) && (count == 0 || bytes + _steps[count].Inputs.Length <= MostBytesInBundle))
                bytes += _steps[count++].Inputs.Length;
            bundle = new() { Receiver = _receiver, Calls = Front(_calls, count), Steps = Front(_steps, count) };
            number = _bundles++ % PostsOfASilo;
            more = _leaves = _calls.Count > 0;
        }

        if (more)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return bundle;
    }

    private static T[] Front<T>(List<T> list, int count)
    {
        T[] front = CollectionsMarshal.AsSpan(list)[..count].ToArray();
        list.RemoveRange(0, count);
        return front;
    }
}
