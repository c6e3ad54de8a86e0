using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LstmOrleans.Faults.Producers;
using LstmOrleans.Faults.Verification;
using LstmOrleans.Numerics;

namespace LstmOrleans.Faults.Processes;

/// <summary>A producer that is a real process: killed with kill -9, and resumed from its database.</summary>
internal sealed class ProducerProcess(ProducerContext run, ChildOrder order) : IAsyncDisposable
{
    private static readonly TimeSpan EndDeadline = TimeSpan.FromSeconds(60);

    private Process? _process;
    private Task<string> _said = Task.FromResult("");

    /// <summary>Times it was killed.</summary>
    public int Kills { get; private set; }

    public void Start()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ProducerProcess).Assembly.Location, ChildProducer.Name]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment[ChildProducer.Variable] = JsonSerializer.Serialize(order);
        _process = Process.Start(start)!;
        _said = _process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>kill -9.</summary>
    /// <returns>Whether it is gone.</returns>
    public async Task<bool> KillAsync()
    {
        int id = _process!.Id;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
        Kills++;
        return Posix.StateOf(id) is null or 'Z';
    }

    /// <summary>SIGSTOP, or SIGCONT.</summary>
    public void SetStill(bool still)
    {
        if (_process is { HasExited: false } process)
            Posix.Signal(process.Id, still ? Posix.Stop : Posix.Continue);
    }

    /// <summary>Where its database says that it stands.</summary>
    public async Task<long> PositionAsync()
    {
        await using var outputs = new OutputStore(order.Outputs);
        return outputs.PlaceOf(order.Stream).Position;
    }

    /// <summary>Lets it deliver what it has written, and compares its outputs and the stream with the offline forward.</summary>
    public async Task<StreamVerdict> EndAsync(LstmModel model, CancellationToken cancellation)
    {
        if (_process == null)
            Start();
        _process!.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync(cancellation).WaitAsync(EndDeadline, cancellation);
        }
        catch (TimeoutException)
        {
            return new StreamVerdict { Unanswered = 1, Problem = "the producer's process did not come to its end" };
        }

        int code = _process.ExitCode;
        await using var outputs = new OutputStore(order.Outputs);
        var context = new ProducerContext { Options = run.Options, Connection = run.Connection, Outputs = outputs, Ledgers = ChildProducer.OneLedger(order.Stream) };
        var (place, ledger) = (outputs.PlaceOf(order.Stream), context.Ledgers[order.Stream]);
        ledger.Sending(1, (int)place.Position);
        ledger.ToldDurable(place.Durable);
        foreach (var (position, answer) in outputs.Read(order.Stream))
            ledger.Told(position, answer);
        var verdict = await new StreamVerifier(context, model).VerifyAsync(order.Stream, cancellation);
        if (code == 0)
            return verdict;
        string said = await _said;
        return verdict with { Different = verdict.Different + 1, Problem = string.Create(CultureInfo.InvariantCulture, $"the producer's process ended with {code}: {said}") };
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
    }
}
