using System.Collections.Concurrent;
using LstmOrleans.Processes;

namespace LstmOrleans.Cli.Cluster;

/// <summary>A cluster on this machine, from its start to its stop: a store, silos that have their members and their streams in it, and nobody that outlives them.</summary>
internal sealed class ClusterRun
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly ClusterOptions _options;
    private readonly ClusterScreen _screen;
    private readonly List<SiloChild> _silos = [];
    private StoreChild? _store;
    private ClusterPorts _ports = new(0, []);

    public ClusterRun(ClusterOptions options, ClusterScreen screen) => (_options, _screen) = (options, screen);

    /// <summary>Runs until it is cancelled, which is a clean end.</summary>
    /// <exception cref="CommandException">It could not start, its store or all silos ended, or a silo did not stop cleanly.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var checkout = Checkout.Find(Environment.CurrentDirectory, AppContext.BaseDirectory)
            ?? throw new CommandException(
                $"Neither {Environment.CurrentDirectory} nor this program is in a checkout of LstmOrleans, and 'lstm cluster up' takes its store (Garnet) from the tool manifest of one and "
                + "builds the server there. Run it in a checkout (git clone), or start a Redis or Garnet and the servers yourself: docs/cluster.md says with which settings.");
        using var folder = ClusterFolder.Open(_options.Data);
        string unclean = "";
        bool failed = true;
        try
        {
            await StartAsync(checkout, folder, cancellation).ConfigureAwait(false);
            await _screen.ShowAsync(show => WatchAsync(folder, show, cancellation)).ConfigureAwait(false);
            failed = false;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl+C: the way this command ends.
            failed = false;
        }
        finally
        {
            unclean = await StopAsync().ConfigureAwait(false);
            // What made it end says more than how the rest ended after that.
            if (failed && unclean.Length > 0)
                await Console.Error.WriteLineAsync(unclean).ConfigureAwait(false);
        }

        if (unclean.Length > 0)
            throw new CommandException(unclean);
    }

    private async Task StartAsync(Checkout checkout, ClusterFolder folder, CancellationToken cancellation)
    {
        string server = await ServerBuild.MakeAsync(checkout, _options.NoBuild, Console.WriteLine, cancellation).ConfigureAwait(false);
        var garnet = await Task.Run(() => GarnetProgram.Find(checkout), cancellation).ConfigureAwait(false);
        string program = garnet.Path ?? throw new CommandException($"Garnet, the store, cannot be had: {garnet.Problem}");
        _ports = ClusterPorts.Choose(_options);
        _store = StoreChild.Start(program, folder, _ports.Store);
        await _store.ReadyAsync(cancellation).ConfigureAwait(false);
        for (int number = 1; number <= _options.Silos; number++)
            _silos.Add(SiloChild.Start(server, folder, _ports, number));
    }

    private async Task WatchAsync(ClusterFolder folder, Action show, CancellationToken cancellation)
    {
        bool served = false;
        while (true)
        {
            await Task.WhenAll(_silos.Select(silo => silo.LookAsync(cancellation))).ConfigureAwait(false);
            SiloView[] views = [_store!.View, .. _silos.Select(silo => silo.View)];
            _screen.Update(views);
            if (!served && views.All(view => view.IsReady))
            {
                served = true;
                show();
                _screen.Note(Notes(folder));
            }

            show();
            if (_store.HasEnded)
                throw await _store.FailureAsync().ConfigureAwait(false);
            if (_silos.FirstOrDefault(silo => silo.HasEnded) is { } ended && (!served || _silos.All(silo => silo.HasEnded)))
                throw new CommandException(served ? $"All silos have ended; the last words of the first: {ended.Reason}" : $"The cluster did not start: {ended.Reason}");
            await Task.Delay(Period, cancellation).ConfigureAwait(false);
        }
    }

    private string Notes(ClusterFolder folder)
    {
        // Short lines: on a terminal a long one would be broken where it cannot be copied.
        string variables = string.Join(Environment.NewLine, ClusterEnvironment.Client(_ports.Store).Select(variable => $"  export {variable.Name}={variable.Value}"));
        return $"""

            Ready. A client needs these variables, and finds every silo by itself:
            {variables}
              lstm model import MODEL.safetensors --name NAME --models {folder.Models}
              lstm ingest --stream KEY --model NAME --input FILE.csv
              lstm load --models {folder.Models}
            Ctrl+C stops all. Data and logs are in {folder.Path}.
            """;
    }

    /// <summary>Stops everything.</summary>
    /// <returns>What did not stop cleanly; empty = all did.</returns>
    private async Task<string> StopAsync()
    {
        if (_store == null)
            return "";
        Console.WriteLine("Stopping: the silos first, which hand their streams over and leave, then the store.");
        var unclean = new ConcurrentBag<string>();
        try
        {
            await Task.WhenAll(_silos.Select(async silo =>
            {
                string name = silo.View.Name;
                int? code = await silo.StopAsync().ConfigureAwait(false);
                if (code != 0)
                    unclean.Add(name);
                Console.WriteLine(code is { } known ? $"{name} {silo.View.State}" : $"{name} did not stop in time and was killed");
            })).ConfigureAwait(false);
            Console.WriteLine(await _store.StopAsync().ConfigureAwait(false) ? "store ended" : "store had ended, or was killed");
        }
        finally
        {
            foreach (var silo in _silos)
                silo.Dispose();
            _store.Dispose();
        }

        return unclean.IsEmpty ? "" : $"{string.Join(", ", unclean.Order())} did not stop cleanly; the logs are in {_options.Data}. Nothing that was acknowledged is lost.";
    }
}
