using System.Diagnostics;
using System.Globalization;
using LstmOrleans.Hosting.Cluster;
using LstmOrleans.Silo.Storage.Transfer;

namespace LstmOrleans.Hosting.StoreCommands;

/// <summary>Moves streams between stores while no server runs.</summary>
internal static class TransferCommands
{
    public const string From = "--from", To = "--to", Store = "--store", ServiceId = "--service-id";

    public static void Copy(StoreArguments arguments) => CopyAsync(arguments).GetAwaiter().GetResult();

    public static void Unmark(StoreArguments arguments) => UnmarkAsync(arguments).GetAwaiter().GetResult();

    private static async Task CopyAsync(StoreArguments arguments)
    {
        var (from, to, service) = (arguments.Required(From), arguments.Required(To), arguments.Optional(ServiceId) ?? ClusterDefaults.DefaultId);
        await using var source = await StoreAddress.OpenAsync(from, service, mustExist: true).ConfigureAwait(false);
        await using var target = await StoreAddress.OpenAsync(to, service, mustExist: false).ConfigureAwait(false);
        if (target.Warning is { } warning)
            await Console.Error.WriteLineAsync($"Warning: {warning}").ConfigureAwait(false);
        var started = Stopwatch.GetTimestamp();
        var streams = await new StoreCopy(source, target, TimeProvider.System).RunAsync(CancellationToken.None).ConfigureAwait(false);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{streams} streams are in {target.Location}, compared with the source; {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s. Start the server on it. {source.Location} does not start any more."));
    }

    private static async Task UnmarkAsync(StoreArguments arguments)
    {
        await using var store = await StoreAddress.OpenAsync(arguments.Required(Store), arguments.Optional(ServiceId) ?? ClusterDefaults.DefaultId, mustExist: true).ConfigureAwait(false);
        var mark = await StoreCopy.UnmarkAsync(store).ConfigureAwait(false);
        Console.WriteLine($"{store.Location} starts again, as it was on {mark.Time}. Start no server on {mark.Other} any more: it has the same streams, and what they did there is not here.");
    }
}
