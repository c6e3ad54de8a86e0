namespace LstmOrleans.Recording.Probes;

/// <summary>A small write that must reach the disk, five times a second.</summary>
internal sealed class FsyncProbe : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private readonly string _path;

    public FsyncProbe(string directory, TimeProvider time)
    {
        _path = Path.Combine(directory, "fsync-probe");
        Latency = new LatencyGauge("fsync_ms", time);
        _thread = new Thread(Run) { IsBackground = true, Name = "fsync probe" };
        _thread.Start();
    }

    public LatencyGauge Latency { get; }

    public void Dispose()
    {
        _stop.Cancel();
        // A disk that hangs must not keep the recorder from ending.
        _thread.Join(TimeSpan.FromSeconds(2));
    }

    private void Run()
    {
        var block = new byte[4096];
        using var file = File.OpenHandle(_path, FileMode.Create, FileAccess.Write);
        do
        {
            block[0]++;
            Latency.Begin();
            try
            {
                RandomAccess.Write(file, block, 0);
                RandomAccess.FlushToDisk(file);
                Latency.End();
            }
            catch (IOException)
            {
                // A full disk: the attempt stays open, so the stream shows for how long nothing could be written.
            }
        }
        while (!_stop.Token.WaitHandle.WaitOne(Period));
    }
}
