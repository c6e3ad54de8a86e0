using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>The disk of the SQLite file becomes full and has room again.</summary>
internal sealed class FullDisk : IFault
{
    public string Name => "disk-full";

    public string? NoPlace(FaultRunOptions options) => options.Store == StoreKind.Sqlite ? null : "the store is not an SQLite file";

    public string? NotPermitted(FaultContext context) => context.Folder.Disk == null ? context.Folder.NoDisk ?? "no small file system was mounted" : null;

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        long refused = context.Producers.Counters.RefusedByStore;
        int megabytes = context.Folder.Disk!.Fill();
        try
        {
            // Records that are written again need no more room, and the store wins back the log's own; new streams do need some.
            for (int look = 0; look < 100 && context.Producers.Counters.RefusedByStore == refused; look++)
                await context.Fleet.OpenOthersAsync(32, random, cancellation);
            await Task.Delay(random.Next(500, 2_000), cancellation);
        }
        finally
        {
            context.Folder.Disk.Free();
        }

        refused = context.Producers.Counters.RefusedByStore - refused;
        FaultContext.Require(refused > 0, "no write was refused");
        return $"{megabytes} MB filled; {refused} calls answered StorageRefused";
    }
}
