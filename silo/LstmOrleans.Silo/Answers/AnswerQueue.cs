using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Silo.Answers;

/// <summary>The answers that wait for one client. It lives as long as something waits or is on the way; then it ends, and the next answer has a new one.</summary>
internal sealed class AnswerQueue : IThreadPoolWorkItem
{
    /// <summary>Bundles on the way. Two, so that the client has the next at hand while its word of the last is still on the way back; more only makes them smaller.</summary>
    public const int MostOnTheWay = 2;

    /// <summary>Answers in one bundle, and bytes of them, but for a single one that is larger: a message that nothing behind it waits long for.</summary>
    public const int MostInBundle = 1_024, MostBytesInBundle = 256 * 1_024;

    /// <summary>Answers that may wait, and bytes of them. Beyond it they are lost: a client that does not take them any more sends its calls again, if it still lives.</summary>
    public const int MostWaiting = 64 * MostInBundle, MostBytesWaiting = 64 * 1_024 * 1_024;

    private readonly Lock _lock = new();
    private readonly IAnswerReceiver _receiver;
    private readonly SiloAddress _silo;
    private readonly Action<AnswerQueue> _ended;
    private readonly List<long> _calls = [];
    private readonly List<StepAnswer> _answers = [];
    private long _bytes;
    private int _onTheWay;
    private bool _hasEnded;

    /// <param name="receiver">The client.</param>
    /// <param name="silo">Where the answers come from.</param>
    /// <param name="ended">Told once, from any thread, when nothing more is accepted.</param>
    public AnswerQueue(IAnswerReceiver receiver, SiloAddress silo, Action<AnswerQueue> ended) => (_receiver, _silo, _ended) = (receiver, silo, ended);

    /// <summary>Queues an answer.</summary>
    /// <returns>False where the queue has ended.</returns>
    public bool TryAdd(long call, StepAnswer answer)
    {
        lock (_lock)
        {
            if (_hasEnded)
                return false;
            if (_calls.Count == MostWaiting || _bytes + answer.Answers.Length > MostBytesWaiting)
                return true;
            _bytes += answer.Answers.Length;
            _calls.Add(call);
            _answers.Add(answer);
            if (_onTheWay == MostOnTheWay)
                return true;
            _onTheWay++;
        }

        // Not in the turn of the grain whose answer this is; and behind what waits for a thread, which has answers for the same bundle.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    public void Execute() => _ = SendAsync();

    private async Task SendAsync()
    {
        try
        {
            while (Take() is { } bundle)
                await _receiver.Receive(bundle).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The client is gone or hangs, or its connection broke: it sends again what it still wants to know. What waits would come later still.
            End();
        }
    }

    /// <summary>What waits; null, and one fewer on the way, where nothing does.</summary>
    private AnswerBundle? Take()
    {
        lock (_lock)
        {
            if (_hasEnded)
                return null;
            if (_calls.Count > 0)
            {
                int count = 0, bytes = 0;
                while (count < Math.Min(_calls.Count, MostInBundle) && (count == 0 || bytes + _answers[count].Answers.Length <= MostBytesInBundle))
                    bytes += _answers[count++].Answers.Length;
                _bytes -= bytes;
                return new() { Calls = Front(_calls, count), Answers = Front(_answers, count), Silo = _silo };
            }

            if (--_onTheWay > 0)
                return null;
            _hasEnded = true;
        }

        _ended(this);
        return null;
    }

    private static T[] Front<T>(List<T> list, int count)
    {
        T[] front = CollectionsMarshal.AsSpan(list)[..count].ToArray();
        list.RemoveRange(0, count);
        return front;
    }

    private void End()
    {
        lock (_lock)
        {
            _calls.Clear();
            _answers.Clear();
            if (_hasEnded)
                return;
            _hasEnded = true;
        }

        _ended(this);
    }
}
