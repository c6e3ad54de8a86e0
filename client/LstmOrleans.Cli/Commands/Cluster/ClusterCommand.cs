using System.CommandLine;
using LstmOrleans.Cli.Cluster;

namespace LstmOrleans.Cli.Commands.Cluster;

/// <summary><c>lstm cluster</c>: a whole cluster on this machine.</summary>
internal static class ClusterCommand
{
    public static Command Create() => new("cluster", "Run a whole cluster on this machine.") { ClusterUpCommand.Create(), CreateStore() };

    // What 'up' starts this program for again.
    private static Command CreateStore()
    {
        var garnet = new Option<string>("--garnet") { Required = true };
        var data = new Option<string>("--data") { Required = true };
        var port = new Option<int>("--port") { Required = true };
        var command = new Command("store", "Keep the store of a cluster while standard input is open.") { garnet, data, port };
        command.Hidden = true;
        command.SetAction(parsed => CommandRunner.Guard(_ => StoreKeeper.RunAsync(
            parsed.GetRequiredValue(garnet), parsed.GetRequiredValue(data), parsed.GetRequiredValue(port), Console.OpenStandardInput(), Console.Out)));
        return command;
    }
}
