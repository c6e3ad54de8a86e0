using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Storage;

namespace LstmOrleans.Silo.Streams;

/// <summary>What is stored is read when the stream is activated, and where that does not work by each call until it does.</summary>
/// <remarks>
/// An activation that could not read lives on for a while. It knows nothing that a later read could contradict, and a new one for each attempt would load the
/// directory of grains, which shares one message for all that leave a silo at a moment, just when a store is away and every stream tries again.
/// It leaves when that lasts: its silo may be the only one that does not reach the store.
/// </remarks>
internal sealed partial class StreamGrain
{
    // A store that restarts takes less.
    private const long LeavesAfterMs = 10_000;

    // Those of one silo do not all leave at once.
    private const int LeavesWithinMs = 5_000;

    // Every move without a write since doubles the time, up to some minutes.
    private const int MostDoublings = 5;

    // Of the first read, how long its failure is news.
    private const long NewsMs = 2_000;

    // What Orleans gives the first read (GrainCollectionOptions.ActivationTimeout) and nobody gives the others.
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(30);

    private bool _isRead;
    private StreamDecision? _unreadable;
    private StreamDecision? _firstFailure;
    private long _failsSince;
    private long _failsBehind;
    private bool _leavesForAnother;
    private int _moves;
    private Task<StreamDecision?>? _reading;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // The call that brought this activation gets this attempt's answer and not an attempt of its own. An answer and not an exception: its sender could
        // not even load the type of a store's own exception, and Orleans would try two more activations.
        if (!_isRead)
            _firstFailure = await ReadAsync();
        // Last, because only an activation that got here is told of its deactivation.
        _meter.Activations.Add(1);
    }

    /// <summary>As <see cref="Unusable"/>, for calls that may be the first: reads what could not be read before.</summary>
    private ValueTask<StreamDecision?> UnusableAsync(string key)
    {
        return _isRead ? new(Unusable(key)) : ReadFirstAsync();

        async ValueTask<StreamDecision?> ReadFirstAsync()
        {
            var failure = _firstFailure;
            _firstFailure = null;
            if (failure != null && _actor.Now - _failsSince < NewsMs)
                return failure;
            // One read for all who come while it is under way.
            if (_reading is null or { IsCompleted: true })
                _reading = ReadAsync();
            try
            {
                failure = await _reading.WaitAsync(ReadLimit, _time);
            }
            catch (TimeoutException)
            {
                // Not a second one beside it: the first could come back behind what was staged meanwhile.
                LeaveForAnother();
                End();
            }

            return failure ?? Unusable(key);
        }
    }

    /// <summary>One read. Afterwards the stream is read, or damaged for good; or why neither is so yet.</summary>
    private async Task<StreamDecision?> ReadAsync()
    {
        try
        {
            await _commits.ReadAsync();
        }
        catch (Exception exception) when (exception is StorageDamagedException or StreamRecordException)
        {
            // Said to every caller; an exception would make clients retry for ever. Of another version nothing is wrong: in a rolling upgrade a silo that
            // knows it comes.
            _unreadable = new(exception is StreamRecordException { IsOfAnotherVersion: true } ? StreamStatus.NumericsUnavailable : StreamStatus.Damaged, exception.Message);
            LogDamaged(_key, exception.Message);
        }
        catch (Exception exception)
        {
            _failures.NotRead(_key, exception);
            StoreFails();
            return new(StreamStatus.NotNow, $"Stream '{_key}' could not be read ({exception.Message}). Send the same positions again.");
        }

        (_isRead, _failsSince) = (true, 0);
        return null;
    }

    void IStreamOwner.StoreFails(long written)
    {
        if (written != _failsBehind)
            (_failsBehind, _failsSince, _moves) = (written, 0, 0);
        StoreFails();
    }

    void IStreamOwner.StoreWorks() => _failsSince = 0;

    /// <summary>The store did nothing for this stream, again or for the first time. That may be so on this silo only: where it lasts and there are others, one of them gets the stream.</summary>
    private void StoreFails()
    {
        if (_failsSince == 0)
            _failsSince = _actor.Now;
        long wait = LeavesAfterMs + ((uint)_key.GetHashCode(StringComparison.Ordinal) % LeavesWithinMs);
        // Where it does not get better by that, all silos have the same trouble, or it is this stream's own.
        if (_actor.Now - _failsSince > wait << Math.Min(_moves, MostDoublings))
            LeaveForAnother();
    }

    /// <summary>By a move and not by an end: whoever has this silo's address for the stream would send the next call here, and that makes an activation here.</summary>
    private void LeaveForAnother()
    {
        SiloAddress[] others = [.. _silos.ActiveOthers()];
        if (others.Length == 0 || _leavesForAnother)
            return;
        _leavesForAnother = true;
        _moves++;
        MoveTo(others[Random.Shared.Next(others.Length)]);
    }
}
