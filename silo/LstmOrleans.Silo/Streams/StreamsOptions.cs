using Microsoft.Extensions.Options;

namespace LstmOrleans.Silo.Streams;

/// <summary>Settings of streams. Configuration section <c>Lstm:Streams</c>.</summary>
public sealed class StreamsOptions
{
    /// <summary>W: most unconfirmed answers, and most inputs in one call. Given to a stream at open.</summary>
    public int WindowAnswers { get; set; } = 256;

    internal const int MostWindowAnswers = 65_536, MostWindowBytes = 16 * 1024 * 1024;

    /// <summary>Most bytes of unconfirmed answers. Given to a stream at open.</summary>
    public int WindowBytes { get; set; } = 64 * 1024;

    /// <summary>The model of streams that their first event opens; none = a stream must be opened first.</summary>
    public string? DefaultModel { get; set; }

    /// <summary>Checkpointed streams: a write is begun when this many events are not durable.</summary>
    public int CheckpointEvents { get; set; } = 128;

    /// <summary>
    /// Checkpointed streams: a write is begun this long after the first event that is not durable. Later where so many streams are due that their writes
    /// would take more than a quarter of the time (docs/protocol.md).
    /// </summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A stream without events for this long is closed; none = streams never expire.</summary>
    public TimeSpan? ExpireAfter { get; set; }

    /// <summary>How long the tombstone of a closed stream stays. Must outlive the longest a message can be late.</summary>
    public TimeSpan KeepTombstones { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often the store is looked through for streams to expire and tombstones to remove.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Most calls on streams that may be under way in one silo; further ones are answered Overloaded at once.</summary>
    public int MaxCallsInFlight { get; set; } = 50_000;
}

internal sealed class StreamsOptionsValidator : IValidateOptions<StreamsOptions>
{
    public ValidateOptionsResult Validate(string? name, StreamsOptions options)
    {
        if (options.WindowAnswers is < 1 or > StreamsOptions.MostWindowAnswers)
            return Fail("WindowAnswers", options.WindowAnswers, "from 1 to 65536");
        if (options.WindowBytes is < 4 or > StreamsOptions.MostWindowBytes)
            return Fail("WindowBytes", options.WindowBytes, "from 4 to 16777216");
        if (options.DefaultModel is { } model && string.IsNullOrWhiteSpace(model))
            return Fail("DefaultModel", $"'{model}'", "a model's name or hash, or absent");
        if (options.CheckpointEvents is < 1 or > 65_536)
            return Fail("CheckpointEvents", options.CheckpointEvents, "from 1 to 65536");
        if (options.CheckpointInterval < TimeSpan.FromMilliseconds(1) || options.CheckpointInterval > TimeSpan.FromMinutes(10))
            return Fail("CheckpointInterval", options.CheckpointInterval, "from 1 ms to 10 minutes");
        if (options.ExpireAfter < TimeSpan.FromMinutes(1))
            return Fail("ExpireAfter", options.ExpireAfter, "at least 1 minute, or absent");
        if (options.KeepTombstones < TimeSpan.FromMinutes(1))
            return Fail("KeepTombstones", options.KeepTombstones, "at least 1 minute");
        if (options.SweepInterval < TimeSpan.FromSeconds(1) || options.SweepInterval > TimeSpan.FromDays(1))
            return Fail("SweepInterval", options.SweepInterval, "from 1 second to 1 day");
        return options.MaxCallsInFlight < 1
            ? Fail("MaxCallsInFlight", options.MaxCallsInFlight, "at least 1")
            : ValidateOptionsResult.Success;
    }

    private static ValidateOptionsResult Fail(string setting, object? value, string rule) =>
        ValidateOptionsResult.Fail(FormattableString.Invariant($"Lstm:Streams:{setting} is {value}; it must be {rule}."));
}
