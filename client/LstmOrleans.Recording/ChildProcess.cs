using System.ComponentModel;
using System.Diagnostics;

namespace LstmOrleans.Recording;

/// <summary>
/// A child that lives no longer than its standard input is open. The kernel closes that pipe however its parent ends,
/// so a recorder that is killed leaves nobody behind.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public StreamReader Output => _process.StandardOutput;

    public int ExitCode => _process.ExitCode;

    public static ChildProcess Start(ChildCommand self, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(self.FileName, [.. self.Prefix, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        try
        {
            return new ChildProcess(Process.Start(start)!);
        }
        catch (Win32Exception refused)
        {
            throw new RecorderException(
                $"'{self.FileName}' cannot be started ({refused.Message}); check that it is there and may be executed.", refused);
        }
    }

    /// <summary>Asks the child to end.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Waits until it has ended; one that overstays <paramref name="limit"/> is killed. True when it ended by itself.</summary>
    public async Task<bool> WaitAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            return false;
        }
    }

    public void Dispose()
    {
        CloseInput();
        if (!_process.WaitForExit(Grace)) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
