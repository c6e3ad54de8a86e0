using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LstmOrleans.Silo.Leases;

/// <summary>The read lease of a silo in a cluster: it is held while the membership table shows this silo as active.</summary>
/// <remarks>
/// <para>Others take over a silo's streams only after the table says that it is dead. So a read of the table that began after a request
/// came in and shows this silo active proves that the state in memory was the newest at that moment, however long the process was stopped
/// before or is stopped afterwards. <see cref="RefreshAsync"/> is that proof; <see cref="IsHeld"/> trades a bounded time for speed
/// (<see cref="ReadLeaseOptions.Duration"/>) on the monotonic clock, which goes on while a process is stopped.</para>
/// <para>A silo that shuts down holds no lease: its streams are on their way to others. Reads then get a retryable answer.</para>
/// </remarks>
internal sealed partial class MembershipLease : IReadLease, ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly IMembershipTable _table;
    private readonly ILocalSiloDetails _silo;
    private readonly IClusterMembershipService _cluster;
    private readonly ReadLeaseOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _duration;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ended = new();

    private long _heldUntil = long.MinValue;
    private bool _reading;
    private TaskCompletionSource<bool>? _next;
    private Task _loop = Task.CompletedTask;
    private volatile string? _problem = "The membership table was not read yet.";

    public MembershipLease(
        IMembershipTable table,
        ILocalSiloDetails silo,
        IClusterMembershipService cluster,
        IOptions<ReadLeaseOptions> options,
        TimeProvider time,
        ILogger<MembershipLease> logger)
    {
        (_table, _silo, _cluster, _options, _time, _logger) = (table, silo, cluster, options.Value, time, logger);
        _duration = (long)(_options.Duration.TotalSeconds * time.TimestampFrequency);
    }

    public bool IsHeld => _time.GetTimestamp() < Volatile.Read(ref _heldUntil);

    /// <summary>Why the last read of the table gave no lease; null when it did.</summary>
    public string? Problem => _problem;

    /// <summary>Whether a read of the table that began after this call shows this silo active. Callers that come together share one read.</summary>
    public ValueTask<bool> RefreshAsync()
    {
        lock (_gate)
        {
            // A read under way may have begun before a verdict that this caller must see: only the next one will do.
            if (_next == null)
            {
                _next = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                if (!_reading)
                {
                    _reading = true;
                    // Away from the caller's grain: its scheduler must not wait behind the table.
                    Task.Run(ReadWhileAsked).Ignore();
                }
            }

            return new ValueTask<bool>(_next.Task);
        }
    }

    void ILifecycleParticipant<ISiloLifecycle>.Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(MembershipLease), ServiceLifecycleStage.Active, OnStart, OnStop);

    public void Dispose() => _ended.Dispose();

    private Task OnStart(CancellationToken cancellation)
    {
        _loop = Task.Run(ReadAgainAndAgain, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task OnStop(CancellationToken cancellation)
    {
        await _ended.CancelAsync();
        await _loop.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadAgainAndAgain()
    {
        using var timer = new PeriodicTimer(_options.Period, _time);
        try
        {
            do
                await RefreshAsync();
            while (await timer.WaitForNextTickAsync(_ended.Token));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ReadWhileAsked()
    {
        while (true)
        {
            TaskCompletionSource<bool> asked;
            lock (_gate)
            {
                if (_next == null)
                {
                    _reading = false;
                    return;
                }

                (asked, _next) = (_next, null);
            }

            asked.SetResult(await ReadAsync());
        }
    }

    private async Task<bool> ReadAsync()
    {
        // Before the read: what it shows was true at some moment after this one.
        long start = _time.GetTimestamp();
        SiloStatus status;
        try
        {
            // The time limit is waited for here too: a provider may not look at its token.
            using var limit = new CancellationTokenSource(_options.ReadTimeout, _time);
            var table = await _table.ReadRowAsync(_silo.SiloAddress, limit.Token).WaitAsync(limit.Token);
            status = table.Members.FirstOrDefault(member => member.Item1.SiloAddress.Equals(_silo.SiloAddress))?.Item1.Status ?? SiloStatus.None;
        }
        catch (Exception exception)
        {
            // The lease held so far runs out by itself.
            if (_problem == null)
                LogNotRead(exception.Message);
            _problem = $"The membership table cannot be read: {exception.Message}";
            return false;
        }

        if (status == SiloStatus.Active)
        {
            Volatile.Write(ref _heldUntil, start + _duration);
            _problem = null;
            return true;
        }

        Volatile.Write(ref _heldUntil, long.MinValue);
        _problem = $"The membership table shows this silo as {status}.";
        if (status == SiloStatus.Dead && !_ended.IsCancellationRequested)
        {
            // Orleans ends a process whose silo was declared dead, when it next reads the table. Let that be now.
            LogDeclaredDead();
            _cluster.Refresh().AsTask().Ignore();
        }

        return false;
    }
}
