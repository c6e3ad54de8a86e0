using System.Collections.Concurrent;

namespace LstmOrleans.Recording;

/// <summary>Appends lines to a file on its own thread, each handed to the system at once: a slow disk never delays the sampler.</summary>
internal sealed class RowFile : IDisposable
{
    private readonly BlockingCollection<string> _lines = [];
    private readonly StreamWriter _writer;
    private readonly Thread _thread;
    private volatile Exception? _failure;

    public RowFile(string path, IEnumerable<string> header)
    {
        Path = path;
        _writer = new StreamWriter(path) { NewLine = "\n" };
        _thread = new Thread(Write) { IsBackground = true, Name = "row file" };
        _thread.Start();
        Add(string.Join(',', header));
    }

    public string Path { get; }

    public void Add(string line)
    {
        ThrowIfFailed();
        _lines.Add(line);
    }

    /// <summary>Writes what is left and closes; throws if any line could not be written.</summary>
    public void Complete()
    {
        if (_lines.IsAddingCompleted) return;
        _lines.CompleteAdding();
        _thread.Join();
        try
        {
            _writer.Dispose();
        }
        catch (IOException failure)
        {
            _failure ??= failure;
        }

        ThrowIfFailed();
    }

    public void Dispose()
    {
        try
        {
            Complete();
        }
        catch (RecorderException)
        {
            // Already thrown where lines were added, or about to be overtaken by the error that led here.
        }

        _lines.Dispose();
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new RecorderException(
                $"'{Path}' cannot be written ({failure.Message}); make room on its disk and record again.", failure);
        }
    }

    private void Write()
    {
        try
        {
            foreach (var line in _lines.GetConsumingEnumerable())
            {
                _writer.WriteLine(line);
                _writer.Flush();
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _failure = failure;
        }
    }
}
