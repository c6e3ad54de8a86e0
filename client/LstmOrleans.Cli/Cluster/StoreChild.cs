using System.Diagnostics;
using System.Globalization;
using LstmOrleans.Recording;

namespace LstmOrleans.Cli.Cluster;

/// <summary>The store's keeper as its parent sees it.</summary>
internal sealed class StoreChild : IDisposable
{
    // Silos are gone by then, so the keeper waits for nobody.
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(45);

    private readonly int _port;
    private readonly Process _keeper;
    private readonly Task<string> _error;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _state = "starting";
    private int _storeId;

    private StoreChild(int port, Process keeper)
    {
        (_port, _keeper) = (port, keeper);
        _error = keeper.StandardError.ReadToEndAsync();
        keeper.OutputDataReceived += (_, line) => Hear(line.Data);
        keeper.BeginOutputReadLine();
    }

    public bool HasEnded => _keeper.HasExited;

    public SiloView View => new("store", _storeId, $"127.0.0.1:{_port}", "Garnet", !HasEnded && _ready.Task.IsCompletedSuccessfully, HasEnded ? "ended" : _state);

    public static StoreChild Start(string garnet, ClusterFolder folder, int port)
    {
        var self = ChildCommand.Current();
        var start = new ProcessStartInfo(
            self.FileName, [.. self.Prefix, "cluster", "store", "--garnet", garnet, "--data", folder.Path, "--port", port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        return new StoreChild(port, Process.Start(start)!);
    }

    /// <summary>Waits until the store answers.</summary>
    /// <exception cref="CommandException">It ended instead.</exception>
    public async Task ReadyAsync(CancellationToken cancellation)
    {
        var ended = _keeper.WaitForExitAsync(cancellation);
        if (await Task.WhenAny(_ready.Task, ended).ConfigureAwait(false) == _ready.Task)
            return;
        await ended.ConfigureAwait(false);
        throw await FailureAsync().ConfigureAwait(false);
    }

    /// <summary>Why it ended by itself; a store that outlived its keeper is ended here.</summary>
    public async Task<CommandException> FailureAsync()
    {
        // A keeper that ends by itself has told why, after its store; one that was killed leaves it.
        if (_storeId != 0 && _keeper.ExitCode != Commands.CommandRunner.Failed)
            KillStore(_storeId);
        string error = (await _error.ConfigureAwait(false)).Trim();
        return new CommandException($"The store ended: {(error.Length > 0 ? error : $"its keeper did, with exit code {_keeper.ExitCode}")}.");
    }

    /// <summary>Ends the store, once the silos are gone.</summary>
    /// <returns>False when it had to be killed.</returns>
    public async Task<bool> StopAsync()
    {
        if (HasEnded)
            return false;
        _keeper.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopTime);
        try
        {
            await _keeper.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            _keeper.Kill(entireProcessTree: true);
            await _keeper.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            return false;
        }
    }

    public void Dispose() => _keeper.Dispose();

    private static void KillStore(int id)
    {
        try
        {
            using var store = Process.GetProcessById(id);
            store.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It is gone.
        }
    }

    private void Hear(string? line)
    {
        switch (line)
        {
            case StoreKeeper.Ready:
                _state = "ready";
                _ready.TrySetResult();
                break;
            case StoreKeeper.Waits:
                _state = "waits for an earlier cluster in the same folder to end";
                break;
            case { } text when text.StartsWith(StoreKeeper.Started, StringComparison.Ordinal):
                _storeId = int.Parse(text.AsSpan(StoreKeeper.Started.Length), CultureInfo.InvariantCulture);
                _state = "starting";
                break;
        }
    }
}
