using Microsoft.Win32.SafeHandles;

namespace LstmOrleans.Recording.Probes;

/// <summary>A small write that must reach the disk, five times a second.</summary>
internal sealed class FsyncProbe : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private readonly SafeFileHandle _file;

    public FsyncProbe(string directory, TimeProvider time)
    {
        _file = File.OpenHandle(Path.Combine(directory, "fsync-probe"), FileMode.Create, FileAccess.Write);
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
        do
        {
            block[0]++;
            Latency.Begin();
            try
            {
                RandomAccess.Write(_file, block, 0);
                RandomAccess.FlushToDisk(_file);
                Latency.End();
            }
            catch (IOException)
            {
                // A full disk: the attempt stays open, so the stream shows for how long nothing could be written.
            }
        }
        while (!_stop.Token.WaitHandle.WaitOne(Period));
        _file.Dispose();
    }
}
