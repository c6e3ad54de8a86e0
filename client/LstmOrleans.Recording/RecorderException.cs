namespace LstmOrleans.Recording;

/// <summary>A recording cannot be made or continued. The message is one line and says what to do.</summary>
public sealed class RecorderException : Exception
{
    /// <summary>Something went wrong while running.</summary>
    public RecorderException(string message)
        : base(message)
    {
    }

    /// <summary>Something went wrong while running, because of <paramref name="cause"/>.</summary>
    public RecorderException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>Something asked for cannot be done at all.</summary>
    public static RecorderException Usage(string message) => new(message) { IsUsage = true };

    /// <summary>True when the request was wrong, false when the machine was in the way.</summary>
    public bool IsUsage { get; private init; }
}
