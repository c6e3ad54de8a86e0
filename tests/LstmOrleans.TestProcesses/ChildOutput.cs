using System.Diagnostics;
using System.Text;

namespace LstmOrleans.TestProcesses;

/// <summary>What a child process, and those that are started after it in its place, print; kept for whoever has to explain a failure.</summary>
internal sealed class ChildOutput
{
    private readonly StringBuilder _text = new();

    /// <summary>Reads both outputs of a process that was started.</summary>
    public void Read(Process process)
    {
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public override string ToString()
    {
        lock (_text)
            return _text.ToString();
    }

    private void Append(string? line)
    {
        lock (_text)
            _text.AppendLine(line);
    }
}
