using LstmOrleans.Faults.Faults;

namespace LstmOrleans.Faults.Schedule;

/// <summary>All kinds of fault this harness has.</summary>
internal static class FaultKinds
{
    public static IReadOnlyList<IFault> All { get; } =
    [
        new KilledSilo(),
        new KilledCluster(ReturnForm.SamePorts),
        new KilledCluster(ReturnForm.NewPorts),
        new KilledCluster(ReturnForm.OneMissing),
        new PausedSilo(),
        new RollingRestart(),
        new KilledProducers(),
        new DisturbedCalls(),
        new SecondProducers(),
        new LostAnswers(),
        new FullDisk(),
        new ZombieSilo(thenKill: false),
        new ZombieSilo(thenKill: true),
        new LateWrite(),
        new OvertakenWrite(),
        new KilledStore(),
        new SlowStore(),
        new CutStore(),
        new LostStoreReplies(),
        new KilledBeforeCommit(),
        new PartedSilos(),
    ];

    public static IEnumerable<string> Names => All.Select(fault => fault.Name);
}
