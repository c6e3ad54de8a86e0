using System.Diagnostics;

namespace LstmOrleans.Recording.Faults;

/// <summary>Large writes that are made to reach the disk, over and over in one file of bounded size.</summary>
internal sealed class DiskWriteStorm : IFault
{
    private const int Block = 4 << 20;
    private const long MaxFile = 256L << 20;
    private const long MaxTotal = 6L << 30;
    private const int BlocksPerFlush = 8;

    public string Run(FaultContext context)
    {
        var bytesPerSecond = context.Scale(60, 150) * (1 << 20);
        var limit = Math.Min(MaxTotal, bytesPerSecond * context.Duration.TotalSeconds);
        var block = new byte[Block];
        // Not zeros: a disk below may compress.
        new Random(1).NextBytes(block);

        var path = Path.Combine(context.WorkDirectory, "storm");
        long written = 0;
        var clock = Stopwatch.StartNew();
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
        {
            for (var count = 1; context.IsRunning && written + Block <= Math.Max(limit, Block); count++)
            {
                RandomAccess.Write(file, block, written % MaxFile);
                written += Block;
                if (count % BlocksPerFlush == 0) RandomAccess.FlushToDisk(file);
                var ahead = TimeSpan.FromSeconds(written / bytesPerSecond) - clock.Elapsed;
                if (ahead > TimeSpan.Zero) context.Wait(ahead);
            }
        }

        File.Delete(path);
        return $"{written >> 20} MiB written";
    }
}
