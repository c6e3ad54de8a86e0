using System.Globalization;
using LstmOrleans.Faults.Network;
using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Processes;
using LstmOrleans.Faults.Producers;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>A silo is stopped with a write on its way to the store, which arrives only after the silo was declared dead and its stream lives elsewhere.</summary>
/// <remarks>All else is still meanwhile, so that nothing hides what the write did.</remarks>
internal abstract class LateWriteFault : IFault
{
    private static readonly TimeSpan VerdictDeadline = TimeSpan.FromSeconds(40), EndDeadline = TimeSpan.FromSeconds(20);

    public abstract string Name { get; }

    public string? NoPlace(FaultRunOptions options) =>
        options.Store == StoreKind.Garnet && options.Silos > 1 ? null : "it needs a write that can be held on its way, and a second silo that takes the stream over";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var (silo, stream) = await StillStreams.ChooseAsync(context, random, cancellation);
        var proxy = context.Garnet.Proxies[silo.Index];
        var late = new LateWrite(context, stream, silo, proxy, context.Producers.Ledgers[stream].Promised + 1);
        await using var connection = await ClusterConnection.ConnectAsync(context.Store.ClientSettings, [silo.Gateway], cancellation);
        double verdict;
        proxy.HoldWrites(context.Producers.Events(stream).Key);
        try
        {
            long held = proxy.HeldWrites, start = Environment.TickCount64;
            // Past the ledger: the stream's own producer must not send this event too before the time has come.
            var unanswered = new StreamCalls(context.Producers, stream, connection).SendUnnoticedAsync(late.Position, 1, TimeSpan.FromSeconds(30), cancellation);
            for (int look = 0; look < 500 && proxy.HeldWrites == held; look++)
                await Task.Delay(10, cancellation);
            FaultContext.Require(proxy.HeldWrites > held, "no write was held on its way");
            FaultContext.Require(await silo.StopAsync(), "the process was not stopped by SIGSTOP");
            FaultContext.Require(!unanswered.IsCompleted, "the held write was answered");
            while (!await context.Garnet.IsDeclaredDeadAsync(silo.SiloPort, cancellation))
            {
                FaultContext.Require(Environment.TickCount64 - start < VerdictDeadline.TotalMilliseconds, "the stopped silo was never declared dead");
                await Task.Delay(100, cancellation);
            }

            verdict = (Environment.TickCount64 - start) / 1000.0;
            string seen = await ArriveAsync(late, cancellation);
            await EndAsync(late, cancellation);
            return string.Create(CultureInfo.InvariantCulture, $"silo {silo.Index} stopped with a write on its way and declared dead after {verdict:f1} s; {seen}");
        }
        finally
        {
            proxy.ReleaseWrites();
            if (silo.IsRunning)
                silo.Continue();
            // Whatever went wrong: it may be in the stream.
            late.Ledger.Sending(late.Position, 1);
            context.SetStill(false);
        }
    }

    /// <summary>Lets the write arrive at the moment that this kind is about, and looks at what it did.</summary>
    protected abstract Task<string> ArriveAsync(LateWrite late, CancellationToken cancellation);

    /// <summary>What becomes of the stopped silo, and of the others.</summary>
    protected virtual async Task EndAsync(LateWrite late, CancellationToken cancellation)
    {
        late.Silo.Continue();
        FaultContext.Require(await late.Silo.ExitAsync(EndDeadline) != null, "the zombie still runs");
    }

    /// <summary>The write that is under way.</summary>
    protected sealed record LateWrite(FaultContext Context, int Stream, SiloProcess Silo, TcpFaultProxy Proxy, long Position)
    {
        public StreamCalls Calls { get; } = new(Context.Producers, Stream);

        public StreamLedger Ledger => Context.Producers.Ledgers[Stream];

        /// <summary>Lets it go, and waits until the store has answered it.</summary>
        public async Task LandAsync(CancellationToken cancellation)
        {
            long landed = Proxy.LandedWrites;
            Proxy.ReleaseWrites();
            for (int look = 0; look < 500 && Proxy.LandedWrites == landed; look++)
                await Task.Delay(10, cancellation);
            FaultContext.Require(Proxy.LandedWrites > landed, "the store did not answer the late write");
            // The reply of its commit comes with it, or right behind.
            await Task.Delay(TimeSpan.FromMilliseconds(300), cancellation);
        }
    }
}

/// <summary>The write arrives after the new owner has read the stream and before it writes itself: it succeeds, and must be in the stream.</summary>
internal sealed class LateWrite : LateWriteFault
{
    public override string Name => "late-write";

    protected override async Task<string> ArriveAsync(LateWriteFault.LateWrite late, CancellationToken cancellation)
    {
        var (calls, ledger, promised) = (late.Calls, late.Ledger, late.Position - 1);
        FaultContext.Require(await late.Context.Fleet.ReadAllAsync([late.Stream], TimeSpan.FromSeconds(30), cancellation) == 1, "the stream could not be read on another silo");
        FaultContext.Require(!await calls.LivesOnAsync(late.Silo.SiloPort, cancellation), "the stream still lives on the stopped silo");
        await late.LandAsync(cancellation);
        // The store has it and has committed it: from here on nobody may be told that the stream stands before it.
        ledger.ToldDurable(late.Position);
        var gap = await calls.SendUnnoticedAsync(late.Position + 5, 1, TimeSpan.FromSeconds(5), cancellation);
        if (gap is { Status: Contracts.Streams.StreamStatus.Gap } && gap.Position < late.Position)
        {
            late.Context.Producers.Counters.AddStaleRead();
            late.Context.Options.Log($"stream {late.Stream} told position {gap.Position} after the write of {late.Position} had arrived");
        }

        FaultContext.Require(await late.Context.Fleet.ReadAllAsync([late.Stream], TimeSpan.FromSeconds(30), cancellation) == 1, "the stream could not be read after the late write");
        return $"it arrived after the new owner had read position {promised}, which then answered {gap?.Status.ToString() ?? "nothing"}{(gap == null ? "" : $" at {gap.Position}")}";
    }
}

/// <summary>The write arrives after the new owner has acknowledged further events: it must be refused. Then all silos are killed, so that what is stored is all there is.</summary>
internal sealed class OvertakenWrite : LateWriteFault
{
    private const int Further = 3;

    public override string Name => "overtaken-write";

    protected override async Task<string> ArriveAsync(LateWriteFault.LateWrite late, CancellationToken cancellation)
    {
        CallEnd end = CallEnd.Again;
        int tries = 0;
        for (; tries < 60 && end != CallEnd.Answered && late.Ledger.Broken == null; tries++)
        {
            (end, _) = await late.Calls.SendAsync(late.Position, Further, TimeSpan.FromSeconds(2), cancellation);
            if (end != CallEnd.Answered)
                await Task.Delay(200, cancellation);
        }

        FaultContext.Require(end == CallEnd.Answered, "the new owner acknowledged nothing");
        await late.LandAsync(cancellation);
        return $"it arrived after the new owner had acknowledged {Further} events from the same position on (call {tries} of them); then all silos killed";
    }

    // The stopped silo never runs again: a step that was sent on to it before the others knew of its death would be applied behind the late write,
    // and without the check of etags be stored over it, with the very bits that were gone.
    protected override async Task EndAsync(LateWriteFault.LateWrite late, CancellationToken cancellation)
    {
        await Task.WhenAll(late.Context.Cluster.Silos.Select(each => each.KillAsync()));
        await late.Context.Cluster.StartMissingAsync(cancellation);
        // Before the stream's producer sends those events too, and so hides that they were gone.
        FaultContext.Require(await late.Context.Fleet.ReadAllAsync([late.Stream], TimeSpan.FromSeconds(60), cancellation) == 1, "the stream could not be read after the restart");
    }
}
