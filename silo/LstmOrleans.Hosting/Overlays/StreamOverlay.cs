namespace LstmOrleans.Hosting.Overlays;

/// <summary>A piece of what an application knows of a stream.</summary>
public sealed record StreamOverlay
{
    /// <summary>The position that the first value of each series belongs to.</summary>
    public required long First { get; init; }

    /// <summary>The last position that anything is known of; beyond the end of the series there is more to ask for.</summary>
    public required long Last { get; init; }

    /// <summary>Lines, all of one length: one value for each position from <see cref="First"/> on.</summary>
    public required IReadOnlyList<OverlaySeries> Series { get; init; }

    /// <summary>Points to be noticed, at positions of the series.</summary>
    public IReadOnlyList<OverlayMark> Marks { get; init; } = [];

    /// <summary>Stretches with a name, anywhere.</summary>
    public IReadOnlyList<OverlayWindow> Windows { get; init; } = [];
}

/// <summary>A line.</summary>
/// <param name="Name">For a person. Shown as text, whatever it is.</param>
/// <param name="Values">NaN where there is none.</param>
public sealed record OverlaySeries(string Name, IReadOnlyList<double> Values);

/// <summary>A point to be noticed on the first line.</summary>
/// <param name="Position">Where.</param>
/// <param name="Text">Why, for a person.</param>
public sealed record OverlayMark(long Position, string Text);

/// <summary>A stretch with a name.</summary>
/// <param name="First">Its first position.</param>
/// <param name="Last">Its last position.</param>
/// <param name="Text">What it is, for a person.</param>
public sealed record OverlayWindow(long First, long Last, string Text);
