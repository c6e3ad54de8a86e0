using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LstmOrleans.Silo.Leases;

/// <summary>How long a silo trusts a look at the membership table.</summary>
public sealed class ReadLeaseOptions
{
    /// <summary>
    /// How long a read of the table that showed this silo active allows reads of streams. Zero, the default: every read of a stream is preceded by a
    /// look at the table that began after the read came in, so that what it returns is never older than what another silo has acknowledged.
    /// More is faster and covers stopped processes only; at most <see cref="Longest"/>.
    /// </summary>
    public TimeSpan Duration { get; set; } = TimeSpan.Zero;

    /// <summary>How often the table is read without being asked: a silo that was declared dead ends itself after this time.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A read of the table that takes longer has failed.</summary>
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The shortest time after which the others can declare a silo dead that stopped without a sign.</summary>
    /// <remarks>
    /// A vote needs <see cref="ClusterMembershipOptions.NumMissedProbesLimit"/> probes in a row that failed, and an indirect last probe casts two votes at
    /// once, so the number of votes adds no time. Probes of one silo start at least <see cref="ClusterMembershipOptions.MinProbeTimeout"/> apart (phi-accrual
    /// shortens the period down to there). A silo that answered the table's read was running at that moment, so the first probe it
    /// misses starts no earlier than one period before it; the last one starts (limit - 1) periods after the first. One period is taken
    /// off for the probe that was on its way. Time-outs of the probes, the connection check and the write of the verdict all add to
    /// this and are not counted.
    /// What it does not cover: a silo that the others cannot reach while it still reaches the table. Their probes may have failed before the read,
    /// and the verdict can come one moment after it. No duration is right for that, hence zero by default.
    /// </remarks>
    public static TimeSpan Longest(ClusterMembershipOptions membership)
    {
        ArgumentNullException.ThrowIfNull(membership);
        return membership.MinProbeTimeout * Math.Max(0, membership.NumMissedProbesLimit - 2);
    }
}

/// <summary>Refuses a lease that outlasts the verdict of the others.</summary>
internal sealed class ReadLeaseOptionsValidator : IValidateOptions<ReadLeaseOptions>
{
    private readonly ClusterMembershipOptions _membership;

    public ReadLeaseOptionsValidator(IOptions<ClusterMembershipOptions> membership) => _membership = membership.Value;

    public ValidateOptionsResult Validate(string? name, ReadLeaseOptions options)
    {
        var longest = ReadLeaseOptions.Longest(_membership);
        if (options.Duration < TimeSpan.Zero || options.Duration > longest)
            return ValidateOptionsResult.Fail($"Lstm:Cluster:ReadLease:Duration is {options.Duration}; with these probes others can declare a stopped silo dead after {longest}. Choose 00:00:00 to {longest}.");
        if (options.Period <= TimeSpan.Zero || options.ReadTimeout <= TimeSpan.Zero)
            return ValidateOptionsResult.Fail($"Lstm:Cluster:ReadLease:Period is {options.Period}, ReadTimeout {options.ReadTimeout}; both must be above zero.");
        return ValidateOptionsResult.Success;
    }
}
