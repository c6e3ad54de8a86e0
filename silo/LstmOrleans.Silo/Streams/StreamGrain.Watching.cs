using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Watching;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Watching;

namespace LstmOrleans.Silo.Streams;

/// <summary>Looks of people. A watch ends some seconds after the last one, and when the activation does.</summary>
internal sealed partial class StreamGrain
{
    private IGrainTimer? _watchEnds;

    public async Task<WatchAnswer> Watch(WatchRequest request)
    {
        if (await UnusableAsync(_key) is { } unusable)
            return NoWatch(unusable.Status, unusable.Detail);
        (LstmModel? Model, string Problem) loaded = default;
        ModelHash hash = default;
        if (_commits.Pending is { Closed: false } newest && !IsWatched(newest))
        {
            hash = new ModelHash(newest.ModelHash.Span);
            loaded = await LoadModelAsync(hash);
            if (loaded.Model == null)
                return NoWatch(StreamStatus.ModelUnavailable, loaded.Problem);
        }

        if (!await _actor.MaySpeakAsync())
            return NoWatch(StreamStatus.NotNow, _actor.NoLease);
        // From here on in one turn.
        if (_commits.Committed is not { } committed || _commits.Pending is not { } pending)
            return NoWatch(StreamStatus.NotOpen, $"Stream '{_key}' is not open.");
        if (committed.Closed || pending.Closed || StreamAge.IsExpired(committed, _options, _actor.Now))
            return NoWatch(StreamStatus.Closed, $"Stream '{_key}' was closed at position {committed.Position}.") with { Incarnation = committed.Incarnation, Position = committed.Position, DurablePosition = committed.Position };
        if (!_watches.TryRenew(_key))
            return NoWatch(StreamStatus.Overloaded, _watches.Refusal);
        if (!IsWatched(pending))
        {
            if (loaded.Model is not { } model || new ModelHash(pending.ModelHash.Span) != hash)
                return NoWatch(StreamStatus.NotNow, $"Stream '{_key}' was just opened anew. Look again.");
            _actor.Watch = new StreamWatch(NewIncarnation(), _watches.Limits, model, pending);
        }

        _watchEnds ??= this.RegisterGrainTimer(_ => Task.FromResult(EndWatch()), new GrainTimerCreationOptions { DueTime = Timeout.InfiniteTimeSpan, Period = Timeout.InfiniteTimeSpan, Interleave = true });
        _watchEnds.Change(_watches.Limits.Lease, Timeout.InfiniteTimeSpan);
        return _actor.Watch!.Read(request, committed, pending) with { Silo = _silo.SiloAddress.ToString() };
    }

    private bool IsWatched(StreamRecord record) => _actor.Watch?.Incarnation == record.Incarnation;

    private bool EndWatch()
    {
        if (_actor.Watch == null)
            return false;
        _actor.Watch = null;
        _watches.End(_key);
        return true;
    }

    private WatchAnswer NoWatch(StreamStatus status, string detail)
    {
        // A retryable one may be a matter of a moment: what was recorded stays until the lease is over.
        if (!status.IsRetryable())
            EndWatch();
        return new WatchAnswer { Status = status, Detail = detail, Silo = _silo.SiloAddress.ToString() };
    }
}
