using System.Net;
using LstmOrleans.Silo.Leases;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Configuration;

namespace LstmOrleans.Cluster.Tests.Leases;

public sealed class MembershipLeaseTests
{
    private static readonly SiloAddress Silo = SiloAddress.New(IPAddress.Loopback, 11111, 1);

    private readonly FakeTimeProvider _time = new();
    private readonly FakeMembershipTable _table = new(Silo);
    private readonly Cluster _cluster = new();

    [Fact]
    public async Task Refresh_SiloActive_IsHeldForTheDurationFromTheStartOfTheRead()
    {
        using var lease = Lease(TimeSpan.FromSeconds(2));
        // The read itself takes half a second.
        _table.Before = _ =>
        {
            _time.Advance(TimeSpan.FromSeconds(0.5));
            return Task.CompletedTask;
        };

        Assert.False(lease.IsHeld);
        Assert.True(await lease.RefreshAsync());
        Assert.True(lease.IsHeld);
        _time.Advance(TimeSpan.FromSeconds(1.4));
        Assert.True(lease.IsHeld);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.False(lease.IsHeld);
    }

    [Fact]
    public async Task Refresh_ByDefault_ProvesTheMomentAndHoldsNothingBeyondIt()
    {
        using var lease = Lease(new ReadLeaseOptions().Duration);
        Assert.True(await lease.RefreshAsync());
        Assert.False(lease.IsHeld);
    }

    [Theory]
    [InlineData(SiloStatus.Joining)]
    [InlineData(SiloStatus.ShuttingDown)]
    [InlineData(SiloStatus.Stopping)]
    [InlineData(SiloStatus.Dead)]
    public async Task Refresh_SiloNotActive_LeaseEndsAtOnce(SiloStatus status)
    {
        using var lease = Lease(TimeSpan.FromSeconds(2));
        Assert.True(await lease.RefreshAsync());
        _table.Status = status;

        Assert.False(await lease.RefreshAsync());
        Assert.False(lease.IsHeld);
        Assert.Contains(status.ToString(), lease.Problem, StringComparison.Ordinal);
        Assert.Equal(status == SiloStatus.Dead ? 1 : 0, _cluster.Refreshes);
    }

    [Fact]
    public async Task Refresh_TableUnreachable_IsRefusedButTheLeaseRunsToItsEnd()
    {
        using var lease = Lease(TimeSpan.FromSeconds(2));
        Assert.True(await lease.RefreshAsync());
        _table.Failure = new IOException("cable pulled");

        Assert.False(await lease.RefreshAsync());
        Assert.True(lease.IsHeld);
        Assert.Contains("cable pulled", lease.Problem, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(lease.IsHeld);
    }

    [Fact]
    public async Task Refresh_TableHangs_IsRefusedAfterTheTimeLimit()
    {
        using var lease = Lease(TimeSpan.FromSeconds(2));
        var begun = new TaskCompletionSource();
        _table.Before = _ =>
        {
            begun.SetResult();
            return new TaskCompletionSource().Task;
        };

        var refresh = lease.RefreshAsync();
        await begun.Task;
        // The limit was set before the read; time goes on until it is over.
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await refresh);
    }

    [Fact]
    public async Task Refresh_WhileAReadIsUnderWay_WaitsForTheNextOneAndSharesIt()
    {
        using var lease = Lease(TimeSpan.Zero);
        var begun = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        _table.Before = read =>
        {
            begun.TrySetResult();
            return read == 1 ? go.Task : Task.CompletedTask;
        };

        var first = lease.RefreshAsync();
        await begun.Task;
        var late = Enumerable.Range(0, 10).Select(_ => lease.RefreshAsync()).ToArray();
        // The first read may already have looked at the row when the late ones came, so its result is not theirs.
        go.SetResult();
        Assert.True(await first);
        foreach (var refresh in late)
            Assert.True(await refresh);
        Assert.Equal(2, _table.Reads);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    [InlineData(-1, false)]
    public void Validator_LeaseLongerThanTheVerdictOfTheOthers_IsRefused(int milliseconds, bool isRight)
    {
        var membership = new ClusterMembershipOptions { ProbeTimeout = TimeSpan.FromSeconds(2), NumMissedProbesLimit = 3 };
        var result = new ReadLeaseOptionsValidator(Options.Create(membership)).Validate(null, new ReadLeaseOptions { Duration = TimeSpan.FromMilliseconds(milliseconds) });
        Assert.Equal(isRight, result.Succeeded);
    }

    private MembershipLease Lease(TimeSpan duration) => new(
        _table, new TestSilo(Silo), _cluster, Options.Create(new ReadLeaseOptions { Duration = duration }), _time, NullLogger<MembershipLease>.Instance);

    private sealed class Cluster : IClusterMembershipService
    {
        public int Refreshes { get; private set; }

        public ClusterMembershipSnapshot CurrentSnapshot => throw new NotSupportedException();

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default)
        {
            Refreshes++;
            return ValueTask.CompletedTask;
        }

        public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
    }
}
