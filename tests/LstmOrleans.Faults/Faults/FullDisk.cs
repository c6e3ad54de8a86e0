using System.Diagnostics;
using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>The disk of the SQLite file becomes full and has room again.</summary>
internal sealed class FullDisk : IFault
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Name => "disk-full";

    public string? NoPlace(FaultRunOptions options) => options.Store == StoreKind.Sqlite ? null : "the store is not an SQLite file";

    public string? NotPermitted(FaultContext context) => context.Folder.Disk == null ? context.Folder.NoDisk ?? "no small file system was mounted" : null;

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        long refused = context.Producers.Counters.RefusedByStore;
        int megabytes = context.Folder.Disk!.Fill();
        try
        {
            // Records that are written again need no more room, and the log is written over within the room that it has; new streams do need some in the
            // database file, and without that the log cannot begin anew and has to grow. The longer it was, the longer that takes.
            context.Producers.Conditions.FullLoad = true;
            long start = Stopwatch.GetTimestamp();
            while (context.Producers.Counters.RefusedByStore == refused && Stopwatch.GetElapsedTime(start) < Patience)
                await context.Fleet.OpenOthersAsync(32, random, cancellation);
            context.Producers.Conditions.FullLoad = false;
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
