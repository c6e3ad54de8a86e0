using System.CommandLine;
using LstmOrleans.Faults.Sabotage;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Options;

/// <summary>The command line.</summary>
internal static class FaultCommand
{
    public static RootCommand Create()
    {
        var silos = new Option<int>("--silos") { Description = "Server processes; more than one need a store that they can share.", DefaultValueFactory = _ => 1 };
        var streams = new Option<int>("--streams") { Description = "Streams, each with a producer.", DefaultValueFactory = _ => 200 };
        var minutes = new Option<double>("--minutes") { Description = "Length of the part with faults; it goes on until each kind was met once.", DefaultValueFactory = _ => 1 };
        var seed = new Option<int>("--seed") { Description = "Seed of everything random.", DefaultValueFactory = _ => 1 };
        var store = new Option<StoreKind?>("--store") { Description = "Where streams are kept; absent = sqlite for one silo, garnet for several." };
        var sabotage = new Option<string?>("--sabotage") { Description = $"A fault built into the silos: the run must end with 1. One of: {string.Join(", ", SabotageKinds.All)}." };
        var faults = new Option<string?>("--faults") { Description = $"Kinds to inject, separated by commas; absent = all. Of: {string.Join(", ", FaultKinds.Names)}." };
        var rate = new Option<double>("--rate") { Description = "Events per second of one stream; absent = about 3,000 for all together." };
        var strict = new Option<bool>("--strict-pauses") { Description = "A pause beyond its bar fails the run." };
        var late = new Option<bool>("--late-verdict") { Description = "Silos look for a verdict on themselves every few minutes only; --sabotage stale-read sets it." };
        var root = new RootCommand("Kills and cuts a cluster under load, then proves that every acknowledged event is in its stream exactly once.")
        {
            silos, streams, minutes, seed, store, sabotage, faults, rate, strict, late,
        };
        root.SetAction((parsed, cancellation) =>
        {
            int count = parsed.GetValue(silos);
            var options = new FaultRunOptions
            {
                Silos = count,
                Streams = parsed.GetValue(streams),
                Length = TimeSpan.FromMinutes(parsed.GetValue(minutes)),
                Seed = parsed.GetValue(seed),
                Store = parsed.GetValue(store) ?? (count > 1 ? StoreKind.Garnet : StoreKind.Sqlite),
                Sabotage = parsed.GetValue(sabotage),
                Kinds = parsed.GetValue(faults)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
                Rate = parsed.GetValue(rate),
                StrictPauses = parsed.GetValue(strict),
                LateVerdict = parsed.GetValue(late) || parsed.GetValue(sabotage) == SabotageKinds.StaleRead,
            };
            if (Problem(options) is { } problem)
            {
                Console.Error.WriteLine(problem);
                return Task.FromResult(FaultRun.Unusable);
            }

            return FaultRun.ExecuteAsync(options, cancellation);
        });
        return root;
    }

    /// <summary>What is wrong with the options, or null.</summary>
    public static string? Problem(FaultRunOptions options)
    {
        if (options.Silos < 1 || options.Streams < 1)
            return $"--silos is {options.Silos} and --streams {options.Streams}; both must be at least 1.";
        if (options.Store == StoreKind.Sqlite && options.Silos > 1)
            return $"--silos is {options.Silos}, but one process owns an SQLite file. Use --store garnet.";
        if (options.Sabotage is { } sabotage && !SabotageKinds.All.Contains(sabotage))
            return $"--sabotage is '{sabotage}'; it must be one of {string.Join(", ", SabotageKinds.All)}.";
        return options.Kinds.FirstOrDefault(kind => !FaultKinds.Names.Contains(kind)) is { } unknown
            ? $"--faults names '{unknown}'; the kinds are {string.Join(", ", FaultKinds.Names)}."
            : null;
    }
}
