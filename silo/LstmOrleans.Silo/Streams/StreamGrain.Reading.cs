using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Storage;

namespace LstmOrleans.Silo.Streams;

/// <summary>What is stored is read when the stream is activated, and where that does not work by each call until it does.</summary>
/// <remarks>
/// An activation that could not read lives on. It knows nothing that a later read could contradict, and a new one for each attempt would load the
/// directory of grains, which shares one message for all that leave a silo at a moment, just when a store is away and every stream tries again.
/// </remarks>
internal sealed partial class StreamGrain
{
    private bool _isRead;
    private StreamDecision? _unreadable;
    private StreamDecision? _notReadYet;
    private Task<StreamDecision?>? _reading;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // The call that brought this activation gets this attempt's answer and not an attempt of its own. An answer and not an exception: its sender could
        // not even load the type of a store's own exception, and Orleans would try two more activations.
        if (!_isRead)
            _notReadYet = await ReadAsync();
        // Last, because only an activation that got here is told of its deactivation.
        _meter.Activations.Add(1);
    }

    /// <summary>As <see cref="Unusable"/>, for calls that may be the first: reads what could not be read before.</summary>
    private ValueTask<StreamDecision?> UnusableAsync(string key)
    {
        return _isRead ? new(Unusable(key)) : ReadFirstAsync();

        async ValueTask<StreamDecision?> ReadFirstAsync()
        {
            var failure = _notReadYet;
            _notReadYet = null;
            if (failure != null)
                return failure;
            // One read for all who come while it is under way.
            if (_reading is null or { IsCompleted: true })
                _reading = ReadAsync();
            return await _reading ?? Unusable(key);
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
            if (exception is not StorageRefusedException)
                LogReadFailed(_key, exception);
            return new(StreamStatus.NotNow, $"Stream '{_key}' could not be read ({exception.Message}). Send the same positions again.");
        }
        _isRead = true;
        return null;
    }
}
