using System.Data.Common;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using Orleans.Storage;

namespace LstmOrleans.Hosting.StoreCommands;

/// <summary><c>LstmOrleans.Server store ...</c>: work on a store while no server uses it.</summary>
public static class StoreCommands
{
    /// <summary>The word that a command line of this kind begins with.</summary>
    public const string Word = "store";

    private const int Done = 0, Failed = 1, Usage = 2;

    // One line per command: its options, what it does.
    private static readonly Dictionary<string, (string[] Options, Action<StoreArguments> Run)> Commands = new(StringComparer.Ordinal)
    {
        ["check"] = (["--data"], Check),
        ["restore"] = (["--from", "--data"], Restore),
        ["accept-loss"] = (["--data"], AcceptLoss),
        ["copy"] = ([TransferCommands.From, TransferCommands.To, TransferCommands.ServiceId], TransferCommands.Copy),
        ["unmark"] = ([TransferCommands.Store, TransferCommands.ServiceId], TransferCommands.Unmark),
    };

    /// <summary>Runs what comes behind <see cref="Word"/>.</summary>
    /// <returns>0 done, 1 refused, failed or damaged (one line on standard error says why), 2 wrong command line.</returns>
    public static int Run(IReadOnlyList<string> args)
    {
        ArgumentNullException.ThrowIfNull(args);
        try
        {
            if (args.Count == 0 || !Commands.TryGetValue(args[0], out var command))
            {
                throw new ArgumentException($"'{Word} {string.Join(' ', args)}' is not a command; there are: "
                    + string.Join(", ", Commands.Select(known => $"{Word} {known.Key} {string.Join(' ', known.Value.Options.Select(option => option + " ..."))}")) + ".");
            }

            command.Run(StoreArguments.Parse(args.Skip(1), command.Options));
            return Done;
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine(e.Message);
            return Usage;
        }
        catch (Exception e) when (e is StorageOpenException or StorageDamagedException or StorageRefusedException or StorageOutcomeUnknownException
            or StorageFailedException or InconsistentStateException or OrleansConfigurationException or DbException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message);
            return Failed;
        }
    }

    private static void Check(StoreArguments arguments)
    {
        var check = OfflineCheck.Run(arguments.DatabasePath);
        foreach (var finding in check.Findings)
            Console.WriteLine(finding);
        if (check.Findings.Count > 0)
            throw new StorageOpenException($"Storage file '{arguments.DatabasePath}' is damaged: {check.Findings.Count} findings in {check.Records} records.");
        Console.WriteLine($"{check.Records} records, all whole.");
    }

    private static void Restore(StoreArguments arguments)
    {
        var (records, streams) = StoreRestore.Run(arguments.Required("--from"), arguments.DatabasePath);
        Console.WriteLine($"{records} records restored to {arguments.DatabasePath}. {streams} streams have new incarnations: calls must name them, and sessions must be opened anew.");
    }

    private static void AcceptLoss(StoreArguments arguments)
    {
        var (found, proven) = StoreLoss.Accept(arguments.DatabasePath);
        Console.WriteLine($"{arguments.DatabasePath} is taken as it is, up to commit {found}"
            + (proven is { } last && last > found ? $"; the {last - found} commits up to {last} are given up." : "."));
    }
}
