namespace LstmOrleans.Cluster.Tests.Leases;

/// <summary>A table with the row of one silo, whose reads wait until they are let go.</summary>
internal sealed class FakeMembershipTable(SiloAddress silo) : IMembershipTable
{
    private static readonly TableVersion Version = new(1, "1");
    private int _reads;

    public SiloStatus Status { get; set; } = SiloStatus.Active;

    public Exception? Failure { get; set; }

    /// <summary>What a read waits for before it looks at the row.</summary>
    public Func<int, Task> Before { get; set; } = _ => Task.CompletedTask;

    public int Reads => Volatile.Read(ref _reads);

    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken)
    {
        await Before(Interlocked.Increment(ref _reads));
        return Failure is { } failure
            ? throw failure
            : new MembershipTableData(Tuple.Create(new MembershipEntry { SiloAddress = silo, Status = Status }, "1"), Version);
    }

    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadRowAsync(key, CancellationToken.None);

    public Task InitializeMembershipTable(bool tryInitTableVersion) => throw new NotSupportedException();

    public Task DeleteMembershipTableEntries(string clusterId) => throw new NotSupportedException();

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => throw new NotSupportedException();

    public Task<MembershipTableData> ReadAll() => throw new NotSupportedException();

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => throw new NotSupportedException();

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => throw new NotSupportedException();

    public Task UpdateIAmAlive(MembershipEntry entry) => throw new NotSupportedException();
}
