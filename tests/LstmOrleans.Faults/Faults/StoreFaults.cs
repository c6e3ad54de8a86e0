using System.Diagnostics;
using LstmOrleans.Faults.Network;
using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>kill -9 of the store at full write load, and a restart on the same data.</summary>
internal sealed class KilledStore : IFault
{
    public string Name => "store-killed";

    public string? NoPlace(FaultRunOptions options) => options.Store == StoreKind.Garnet ? null : "the store is part of the silo";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var (store, conditions) = (context.Garnet.Server, context.Producers.Conditions);
        conditions.FullLoad = true;
        await Task.Delay(random.Next(500, 1_500), cancellation);
        int process = store.ProcessId;
        await store.KillAsync();
        conditions.FullLoad = false;
        FaultContext.Require(Processes.Posix.StateOf(process) is null or 'Z', "the store's process is still there");
        await Task.Delay(random.Next(0, 2_000), cancellation);
        await store.RestartAsync();
        return "store killed at full write load and started again";
    }
}

/// <summary>The store answers slowly.</summary>
internal sealed class SlowStore : IFault
{
    public string Name => "store-slow";

    public string? NoPlace(FaultRunOptions options) => options.Store == StoreKind.Garnet ? null : "the store is part of the silo";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var delay = TimeSpan.FromMilliseconds(random.Next(100, 600));
        foreach (var proxy in context.Garnet.Proxies)
            proxy.Delay = delay;
        long slow = context.Garnet.Proxies.Sum(proxy => proxy.SlowReplies), start = Stopwatch.GetTimestamp();
        TimeSpan seen;
        try
        {
            // A stream that is new needs a read and a write.
            await context.Fleet.OpenOthersAsync(1, random, cancellation);
            seen = Stopwatch.GetElapsedTime(start);
            await Task.Delay(random.Next(3_000, 6_000), cancellation);
        }
        finally
        {
            foreach (var proxy in context.Garnet.Proxies)
                proxy.Delay = TimeSpan.Zero;
        }

        slow = context.Garnet.Proxies.Sum(proxy => proxy.SlowReplies) - slow;
        FaultContext.Require(slow > 0 && seen >= delay, $"{slow} replies were late, and a stream was opened in {seen.TotalMilliseconds:f0} ms although each reply takes {delay.TotalMilliseconds:f0} ms");
        return $"{slow} replies of the store {delay.TotalMilliseconds:f0} ms late; a stream was opened in {seen.TotalMilliseconds:f0} ms";
    }
}

/// <summary>One silo does not reach the store of the streams, and nothing else is wrong with it: its streams have to go to the others.</summary>
internal sealed class CutStore : IFault
{
    // A stream leaves after 10 to 15 s.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public string Name => "store-cut";

    public string? NoPlace(FaultRunOptions options) => options.Store == StoreKind.Garnet && options.Silos > 1 ? null : "it needs a store apart from the silo, and a second silo";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var (silo, streams) = await Homes.ChooseAsync(context, random, _ => true, cancellation);
        var proxy = context.Garnet.Proxies[silo.Index];
        long refused = proxy.Refused, start = Stopwatch.GetTimestamp();
        proxy.Shut(true);
        try
        {
            int read = await context.Fleet.ReadAllAsync(streams, Patience, cancellation);
            FaultContext.Require(read == streams.Count, $"only {read} of {streams.Count} streams were read within {Patience.TotalSeconds} s");
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            int left = (await context.Fleet.StreamsOnAsync(silo.SiloPort, streams.Contains, cancellation)).Count;
            FaultContext.Require(proxy.Refused > refused && left == 0, $"{proxy.Refused - refused} connections were refused, and {left} streams still live on the silo");
            return $"silo {silo.Index}, home of {streams.Count} streams, cut from the store for {seconds:f0} s, until each of them was read elsewhere";
        }
        finally
        {
            proxy.Shut(false);
        }
    }
}

/// <summary>A write happens and the store's reply is lost: the connection breaks between the two.</summary>
internal sealed class LostStoreReplies : IFault
{
    public string Name => "store-reply-lost";

    public string? NoPlace(FaultRunOptions options) => options.Store == StoreKind.Garnet ? null : "the store is part of the silo";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        // A silo that was just restarted may hold no stream and write nothing: then it is the next one's turn.
        TcpFaultProxy[] proxies = [.. context.Garnet.Proxies];
        random.Shuffle(proxies);
        foreach (var proxy in proxies)
        {
            if (await LoseAsync(proxy, random, cancellation) is > 0 and var lost)
                return $"{lost} connections lost their replies";
        }

        throw new NoEffectException("no reply was lost");
    }

    private static async Task<long> LoseAsync(TcpFaultProxy proxy, Random random, CancellationToken cancellation)
    {
        long lost = proxy.LostReplies;
        proxy.LoseReplies(true);
        try
        {
            for (int look = 0; look < 200 && proxy.LostReplies == lost; look++)
                await Task.Delay(20, cancellation);
            await Task.Delay(random.Next(0, 1_000), cancellation);
        }
        finally
        {
            proxy.LoseReplies(false);
        }

        return proxy.LostReplies - lost;
    }
}

/// <summary>A silo dies between its group's script and the commit; its streams are read elsewhere; then the store dies.</summary>
/// <remarks>What the script wrote is in the store's memory only. Whoever reads it and tells it must have it committed first.</remarks>
internal sealed class KilledBeforeCommit : IFault
{
    public string Name => "kill-before-commit";

    public string? NoPlace(FaultRunOptions options) =>
        options.Store == StoreKind.Garnet && options.Silos > 1 ? null : "it needs a store that commits apart from the write, and a second silo that reads";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        // Whatever any silo commits covers what this one wrote: so all are still, the writes behind too, but for a few streams that live on the victim.
        var (silo, stream) = await StillStreams.ChooseAsync(context, random, cancellation);
        int[] streams = [stream];
        var proxy = context.Garnet.Proxies[silo.Index];
        long held = proxy.HeldCommits;
        long[] promised = [];
        proxy.HoldCommits(true);
        try
        {
            promised = [.. streams.Select(stream => context.Producers.Ledgers[stream].Promised)];
            context.Fleet.StepOnce(streams);
            for (int look = 0; look < 500 && proxy.HeldCommits == held; look++)
                await Task.Delay(10, cancellation);
            FaultContext.Require(proxy.HeldCommits > held, "no commit was held back");
            FaultContext.Require(await silo.KillAsync(), "the process is still there");
        }
        finally
        {
            proxy.HoldCommits(false);
        }

        // Read on other silos: told once, it must be there for ever.
        int read = await context.Fleet.ReadAllAsync(streams, TimeSpan.FromSeconds(30), cancellation);
        FaultContext.Require(read > 0, "no stream could be read on another silo");
        // By a read, or as the answer to the step itself, which was sent on to the stream's new place.
        int ahead = streams.Where((stream, index) => context.Producers.Ledgers[stream].Promised > promised[index]).Count();
        FaultContext.Require(ahead > 0, "nobody was told of the group that was not committed");
        await context.Garnet.Server.KillAsync();
        await context.Garnet.Server.RestartAsync();
        // Before anybody sends that event again and so hides that it was gone.
        await context.Fleet.ReadAllAsync(streams, TimeSpan.FromSeconds(30), cancellation);
        context.SetStill(false);
        long skipped = context.Garnet.Proxies.Sum(each => each.SkippedCommits);
        return (skipped > 0 ? $"{skipped} commits behind reads taken out; " : "") + $"{ahead} events told that the victim had not committed; silo {silo.Index} killed with a written and uncommitted group; {read} of its streams read elsewhere, then the store killed";
    }
}
