using LstmOrleans.Recording.Faults;

namespace LstmOrleans.Recording;

/// <summary>What to record.</summary>
public sealed record RecorderOptions
{
    /// <summary>Where the files go; it must be empty or not exist.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>How long.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Time between rows.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Makes real trouble from this seed; null makes none.</summary>
    public int? FaultSeed { get; init; }

    /// <summary>Every fault once and shortly, to see that it works here.</summary>
    public bool Rehearsal { get; init; }

    /// <summary>Where probes and faults write; null is inside the output directory.</summary>
    public string? DiskWorkDirectory { get; init; }

    /// <summary>How to start the recorder's child processes.</summary>
    public required ChildCommand Children { get; init; }

    /// <summary>What the schedule obeys; tests set shorter times.</summary>
    internal FaultRules? Rules { get; init; }

    internal void Validate()
    {
        RequireLinux();
        RequireInterval(Interval);
        if (Duration < Interval || Duration > TimeSpan.FromDays(7))
        {
            throw RecorderException.Usage(FormattableString.Invariant(
                $"The length is {Duration.TotalSeconds} s; give at least one interval and at most 7 days (--minutes or --seconds)."));
        }

        if (Directory.Exists(OutputDirectory) && Directory.EnumerateFileSystemEntries(OutputDirectory).Any())
        {
            throw RecorderException.Usage(
                $"Directory '{OutputDirectory}' is not empty; give a new one, so that no recording is overwritten.");
        }

        if (DiskWorkDirectory is { } work && !Directory.Exists(work))
            throw RecorderException.Usage($"Directory '{work}' for disk work does not exist; create it on the disk to be measured.");
    }

    internal static void RequireLinux()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new RecorderException(
                "Recording reads /proc, so it works on Linux only; use the recording that comes with the project, or a Linux machine.");
        }
    }

    internal static void RequireInterval(TimeSpan interval)
    {
        if (interval < TimeSpan.FromMilliseconds(100) || interval > TimeSpan.FromMinutes(1))
        {
            throw RecorderException.Usage(FormattableString.Invariant(
                $"The interval is {interval.TotalSeconds} s; give one between 0.1 s and 60 s."));
        }
    }
}
