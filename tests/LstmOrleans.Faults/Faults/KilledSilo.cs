using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>kill -9 of one silo with calls in flight through its gateway; it comes back after a moment.</summary>
internal sealed class KilledSilo : IFault
{
    public string Name => "kill";

    public TimeSpan? Bar => TimeSpan.FromSeconds(5);

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var (silo, _) = await Homes.ChooseAsync(context, random, _ => true, cancellation);
        return await Kills.KillAsync(context, random, [silo], cancellation);
    }
}

/// <summary>How a cluster comes back.</summary>
internal enum ReturnForm
{
    /// <summary>All on their ports.</summary>
    SamePorts,

    /// <summary>All on other ports.</summary>
    NewPorts,

    /// <summary>All but one; that one only after every stream was answered.</summary>
    OneMissing,
}

/// <summary>kill -9 of all silos at once.</summary>
internal sealed class KilledCluster(ReturnForm form) : IFault
{
    public string Name => form switch
    {
        ReturnForm.NewPorts => "kill-all-new-ports",
        ReturnForm.OneMissing => "kill-all-one-missing",
        _ => "kill-all",
    };

    public TimeSpan? Bar => TimeSpan.FromSeconds(15);

    public string? NoPlace(FaultRunOptions options) => form switch
    {
        ReturnForm.NewPorts => options.Store == StoreKind.Garnet ? null : "clients find a silo on another port by the membership table only",
        ReturnForm.OneMissing => options.Silos > 1 ? null : "there is one silo only",
        _ => null,
    };

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var silos = context.Cluster.Silos;
        var missing = form == ReturnForm.OneMissing ? silos[random.Next(silos.Count)] : null;
        if (form == ReturnForm.NewPorts)
            return await Kills.KillAsync(context, random, silos, cancellation, context.Cluster.MoveToNewPorts) + "; all came back on new ports";
        if (missing == null)
            return await Kills.KillAsync(context, random, silos, cancellation);
        missing.IsHeldBack = true;
        try
        {
            string done = await Kills.KillAsync(context, random, silos, cancellation);
            var waiting = await context.Fleet.AllAnsweredAsync(context.Fleet.Standing(), TimeSpan.FromSeconds(60), cancellation);
            FaultContext.Require(waiting.Count == 0, $"{waiting.Count} streams were not answered without silo {missing.Index}");
            FaultContext.Require(!missing.IsRunning, "the missing silo runs");
            return $"{done}; every stream was answered before silo {missing.Index} came back";
        }
        finally
        {
            missing.IsHeldBack = false;
        }
    }
}
