using System.Diagnostics;

namespace LstmOrleans.Recording.Faults;

/// <summary>Many small writes that each have to reach the disk.</summary>
internal sealed class FsyncStorm : IFault
{
    private const int Block = 4096;
    private const long MaxFile = 512L << 20;
    private const int Writers = 3;

    public string Run(FaultContext context)
    {
        var perSecond = context.Scale(500, 2_000);
        var flushes = 0;
        FaultContext.Together(Writers, writer =>
            Interlocked.Add(ref flushes, Write(context, Path.Combine(context.WorkDirectory, $"fsync-{writer}"), perSecond)));
        return $"{Writers} writers {flushes} flushes";
    }

    private static int Write(FaultContext context, string path, double perSecond)
    {
        var block = new byte[Block];
        var flushes = 0;
        var clock = Stopwatch.StartNew();
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
        {
            while (context.IsRunning)
            {
                // The file grows, so most flushes have to write the journal too.
                RandomAccess.Write(file, block, (long)flushes * Block % MaxFile);
                RandomAccess.FlushToDisk(file);
                flushes++;
                var ahead = TimeSpan.FromSeconds(flushes / perSecond) - clock.Elapsed;
                if (ahead > TimeSpan.FromMilliseconds(2)) context.Wait(ahead);
            }
        }

        File.Delete(path);
        return flushes;
    }
}
