using System.Globalization;
using LstmOrleans.Recording;

namespace LstmOrleans.Cli.Commands;

/// <summary>One line that rewrites itself on a terminal, one plain line a minute elsewhere.</summary>
internal sealed class ProgressLine
{
    private static readonly TimeSpan PlainPeriod = TimeSpan.FromMinutes(1);

    private readonly TextWriter _output;
    private readonly bool _isTerminal;
    private TimeSpan? _shownAt;
    private int _width;

    public ProgressLine(TextWriter output, bool isTerminal)
    {
        _output = output;
        _isTerminal = isTerminal;
    }

    public void Show(RecorderProgress progress)
    {
        var left = progress.Left;
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{progress.Rows} rows, {progress.Fault ?? "no fault"}, {(int)left.TotalMinutes}:{left.Seconds:00} left");
        if (_isTerminal)
        {
            _output.Write("\r" + text.PadRight(_width));
            _width = text.Length;
        }
        else if (_shownAt is not { } before || before - left >= PlainPeriod)
        {
            _output.WriteLine(text);
            _shownAt = left;
        }
    }

    public void Finish(string text)
    {
        if (_isTerminal) _output.Write("\r");
        _output.WriteLine(text.PadRight(_width).TrimEnd());
    }
}
