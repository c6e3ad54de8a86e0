using System.Diagnostics;

namespace LstmOrleans.Cli.Cluster;

/// <summary>What a child prints, in a file that is begun anew, and its last lines for a message.</summary>
internal sealed class LogFile : IDisposable
{
    private const int LinesKept = 10;

    private readonly Lock _gate = new();
    private readonly StreamWriter _file;
    private readonly Queue<string> _last = new();
    private bool _closed;

    public LogFile(string path)
    {
        Path = path;
        _file = new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
    }

    public string Path { get; }

    /// <summary>The last lines, in one.</summary>
    public string Tail
    {
        get
        {
            lock (_gate)
                return string.Join(' ', _last);
        }
    }

    /// <summary>Takes what a process prints from now on.</summary>
    public void Follow(Process process)
    {
        process.OutputDataReceived += (_, line) => Write(line.Data);
        process.ErrorDataReceived += (_, line) => Write(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Try(_file.Dispose);
        }
    }

    // A full disk must not end the cluster, whose servers go on with it: its last lines are kept all the same.
    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
            // There is nowhere to say it.
        }
    }

    private void Write(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        lock (_gate)
        {
            if (_closed)
                return;
            Try(() => _file.WriteLine(line));
            _last.Enqueue(line.Trim());
            if (_last.Count > LinesKept)
                _last.Dequeue();
        }
    }
}
