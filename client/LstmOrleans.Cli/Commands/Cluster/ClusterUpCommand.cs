using System.CommandLine;
using System.Runtime.InteropServices;
using LstmOrleans.Cli.Cluster;

namespace LstmOrleans.Cli.Commands.Cluster;

/// <summary><c>lstm cluster up</c>: a store and silos, until Ctrl+C.</summary>
internal static class ClusterUpCommand
{
    private const int MostSilos = 16, LowestPort = 1024, HighestPort = 65535;

    private const string Notes = """
        Needs a checkout and nothing else: the server is built there, and the store is Garnet of its tool manifest (restored if it is missing). Everything
        listens on loopback alone. Shows which silo is ready, or why not; a silo that ends is not started again, so that a kill can be watched.
        Ctrl+C stops the silos, which leave the cluster, then the store. No process is left, however this one ends.
        Streams and models stay in the folder; the next 'up' on it goes on there.

        Examples:
          lstm cluster up
          lstm cluster up --silos 5 --data /tmp/trial --port-base 7000
        """;

    public static Command Create()
    {
        var silos = new Option<int>("--silos")
        {
            Description = $"Server processes, 1 to {MostSilos}.", HelpName = "N", DefaultValueFactory = _ => 3,
        };
        var data = new Option<string>("--data")
        {
            Description = "The folder of everything the cluster keeps.", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("lstm-data", "cluster"),
        };
        var portBase = new Option<int?>("--port-base")
        {
            Description = "First of 1 + 3N ports in a row: the store, then silo, gateway and HTTP of each silo. Default: free ones.", HelpName = "PORT",
        };
        var noBuild = new Option<bool>("--no-build") { Description = "Use the server as it was built." };
        var command = new DocumentedCommand("up", "Start a store and silos, and stop them with Ctrl+C.", Notes) { silos, data, portBase, noBuild };
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            var options = new ClusterOptions
            {
                Silos = parsed.GetValue(silos) is >= 1 and <= MostSilos and var count ? count
                    : throw Usage($"--silos is {parsed.GetValue(silos)}; it must be from 1 to {MostSilos}. More processes of one machine only share its processors."),
                Data = Path.GetFullPath(parsed.GetRequiredValue(data)),
                PortBase = parsed.GetValue(portBase),
                NoBuild = parsed.GetValue(noBuild),
            };
            int last = HighestPort - (3 * options.Silos);
            if (options.PortBase is { } first && (first < LowestPort || first > last))
                throw Usage($"--port-base is {first}; with {options.Silos} silos it must be from {LowestPort} to {last}.");
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            // A terminal that is closed: as good as Ctrl+C.
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                stop.Cancel();
            });
            await new ClusterRun(options, new ClusterScreen(!Console.IsOutputRedirected)).RunAsync(stop.Token);
        }));
        return command;
    }

    private static CommandException Usage(string message) => new(message) { IsUsage = true };
}
